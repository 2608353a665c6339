//! Ticks: uptime is counted by the node on duty, and every node holds the ticks before they count as applied.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;

use super::{Entry, Fact, Index, Listener, Needed, append};
use crate::base::{Clock, OrganizationId};
use crate::db::{Db, Result};
use crate::duty::{Duty, Term};
use crate::uptime;

/// What a node remembers between two counts: in which term, and on its own clock when, it last counted.
#[derive(Debug, Default)]
pub struct Counter(Mutex<Option<(Term, Duration)>>);

impl Counter {
    /// How much this node has run in this term since it last counted; nothing if it did not.
    fn since(&self, term: Term, now: Duration) -> Duration {
        match *self.0.lock() {
            Some((then, at)) if then == term => now.saturating_sub(at),
            _ => Duration::ZERO,
        }
    }

    fn set(&self, counted: Option<(Term, Duration)>) {
        *self.0.lock() = counted;
    }
}

/// Counts how long the service has run since this was last called, and writes a tick when an hour is full; how many. Of two terms
/// of duty none overlaps the other, and nothing is counted twice: when it is not known whether a count was committed, it is lost.
///
/// # Errors
/// Those of the database and of the duty.
pub fn tick(db: &Db, duty: &Duty, counter: &Counter, clock: &Clock) -> Result<usize> {
    let Some(term) = duty.term() else {
        return Ok(0);
    };
    let (began, now) = (clock.elapsed(), clock.now());
    let more = counter.since(term, began);
    counter.set(None);
    let ticked = duty.write(db, |conn| {
        let total = uptime::add(conn, more)?;
        let last = uptime::read(conn)?.last().map(|tick| tick.uptime);
        if last.is_some_and(|last| total < last + uptime::EVERY) {
            return Ok(0);
        }
        let (service, needed) = (OrganizationId::SERVICE, Needed::in_passing(now));
        let entry = append(conn, service, Fact::Tick, now, needed)?;
        uptime::insert(conn, entry.seq, total, now, clock.is_the_machines())?;
        uptime::thin_out(conn)?;
        Ok::<_, crate::db::Error>(1)
    })?;
    counter.set(Some((term, began)));
    Ok(ticked)
}

/// Gives the index the ticks there are.
pub struct TickFollower {
    db: Db,
    index: Arc<Index>,
}

impl TickFollower {
    /// Will read ticks from `db`, which no request may keep busy.
    #[must_use]
    pub const fn new(db: Db, index: Arc<Index>) -> Self {
        Self { db, index }
    }
}

impl Listener for TickFollower {
    fn apply(&self, entry: &Entry) -> Result<()> {
        match entry.fact {
            Fact::Tick => self.reset(),
            _ => Ok(()),
        }
    }

    fn reset(&self) -> Result<()> {
        self.index.set_ticks(uptime::load(&self.db)?);
        Ok(())
    }
}
