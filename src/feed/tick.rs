//! Ticks: the node on duty measures the uptime, and every node loads the ticks before their
//! sequences count as applied.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;

use super::{Entry, Fact, Index, Listener, Needed, append};
use crate::base::{Clock, OrganizationId};
use crate::db::{Db, Result};
use crate::duty::{Duty, Term};
use crate::uptime;

/// When this node last added to the uptime: the term of duty, and the time on the node's own clock.
#[derive(Debug, Default)]
pub struct Counter(Mutex<Option<(Term, Duration)>>);

impl Counter {
    /// Returns how long this node has run in this term since it last added to the uptime; zero if
    /// it has not done so in this term.
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

/// Adds the time since the last call to the uptime, and writes a tick when an hour is full. Returns
/// the number of ticks. Terms of duty do not overlap and no time is counted twice: if a commit is
/// in doubt, its time is not counted again.
///
/// # Errors
/// Returns an error if the database fails or another node has taken over the duty.
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

/// Loads the ticks into the index.
pub struct TickFollower {
    db: Db,
    index: Arc<Index>,
}

impl TickFollower {
    /// Returns a follower that reads ticks from `db`, a connection that requests must not use.
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
