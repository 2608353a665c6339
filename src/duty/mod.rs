//! Duty: one node at a time does what the service needs done once (purges, rotations, deliveries).
//!
//! The law: whoever is on duty beats; a row that stands still for twice its lease on *another's* own clock is up for
//! grabs, and of several that grab one gets it. Nobody's wall clock is believed, and a clock is not enough: a holder that
//! fell asleep in the middle wakes up late. So what it does can be tied to its term ([`Duty::write`]): once another has taken
//! over, nothing of the former one is committed any more.

mod store;

use std::time::Duration;

use parking_lot::Mutex;

use crate::base::{Clock, Unchanged, random};
use crate::db::{Conn, Db, Error, Result};
use store::Row;

/// How long a holder may go on after a beat.
const LEASE: Duration = Duration::from_secs(15);

/// A stretch of duty; no two are alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Term(i64);

/// A node's part in the duty.
pub struct Duty {
    /// Drawn anew at every start.
    node: i64,
    clock: Clock,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    held: Option<Held>,
    watch: Watch,
}

#[derive(Clone, Copy)]
struct Held {
    term: Term,
    /// Until when, on the node's own clock.
    end: Duration,
}

/// What was last seen of another's row: its term and beats.
#[derive(Default)]
struct Watch(Option<Unchanged<(i64, i64)>>);

impl Watch {
    /// Whether `row`, seen at `now` on the own clock, is nobody's or one of a node that is gone.
    fn is_free(&mut self, row: &Row, now: Duration) -> bool {
        let seen = (row.term, row.beats);
        let watched = self.0.get_or_insert(Unchanged::begin(seen, now));
        watched.look(seen, now) > row.lease() * 2 || row.holder == store::NOBODY
    }
}

fn off_duty() -> Error {
    Error::Unavailable("another node has taken over the duty".to_owned())
}

impl Duty {
    /// A node that is not on duty yet.
    #[must_use]
    pub fn new(clock: Clock) -> Self {
        let drawn = i64::from_be_bytes(random::bytes()) & i64::MAX;
        Self {
            node: drawn.max(store::NOBODY + 1),
            clock,
            state: Mutex::default(),
        }
    }

    /// Beats if this node is on duty and it is time to, takes over if nobody is; the term, if it is on duty now. To be called
    /// every few seconds.
    ///
    /// # Errors
    /// Those of the database; then the node's time runs on to its end and no further.
    pub fn attend(&self, db: &Db) -> Result<Option<Term>> {
        let now = self.clock.elapsed();
        let held = self.state.lock().held;
        if let Some(held) = held {
            if held.end.saturating_sub(now) > LEASE / 3 * 2 {
                return Ok(Some(held.term));
            }
            if db.write_statement_blocking(|conn| store::beat(conn, self.node, held.term.0))? {
                self.prolong(now);
                return Ok(Some(held.term));
            }
            self.state.lock().held = None;
            tracing::warn!("another node has taken over what is done once for all nodes");
        }
        let row = db.read_blocking(store::read)?;
        if !self.state.lock().watch.is_free(&row, now) {
            return Ok(None);
        }
        let Some(term) =
            db.write_statement_blocking(|conn| store::take(conn, self.node, LEASE, &row))?
        else {
            return Ok(None);
        };
        let term = Term(term);
        self.state.lock().held = Some(Held {
            term,
            end: now + LEASE,
        });
        tracing::info!("this node does from now on what is done once for all nodes");
        Ok(Some(term))
    }

    /// Whether this node is on duty, as far as it can tell by itself.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.term().is_some()
    }

    /// The term this node is on duty for, as far as it can tell by itself.
    #[must_use]
    pub fn term(&self) -> Option<Term> {
        let held = self.state.lock().held;
        held.filter(|held| self.clock.elapsed() < held.end)
            .map(|held| held.term)
    }

    /// A write transaction that is committed only if this node is on duty until the commit. It counts as a beat.
    ///
    /// # Errors
    /// Those of `body` and of the database; [`Error::Unavailable`] when another has taken over.
    pub fn write<T, E: From<Error>>(
        &self,
        db: &Db,
        body: impl FnOnce(&mut Conn) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        let began = self.clock.elapsed();
        let value = db.write_blocking(|conn| {
            self.fence(conn)?;
            body(conn)
        })?;
        self.prolong(began);
        Ok(value)
    }

    /// As [`Duty::write`], transaction after transaction until there is nothing left to do; how much there was. `batch` does a
    /// bounded part and says how much that was.
    ///
    /// # Errors
    /// As [`Duty::write`]; what was committed before stays.
    pub fn write_all(
        &self,
        db: &Db,
        mut batch: impl FnMut(&mut Conn) -> Result<usize>,
    ) -> Result<usize> {
        let mut total = 0;
        loop {
            match self.write(db, &mut batch)? {
                0 => return Ok(total),
                done => total += done,
            }
        }
    }

    /// Ties the caller's transaction to this node's duty: nobody can take over before it ends, and it fails if somebody has. To be
    /// called before any other statement that locks.
    ///
    /// # Errors
    /// As [`Duty::write`].
    pub fn fence(&self, conn: &mut Conn) -> Result<()> {
        let held = self.state.lock().held.ok_or_else(off_duty)?;
        if store::beat(conn, self.node, held.term.0)? {
            return Ok(());
        }
        self.state.lock().held = None;
        Err(off_duty())
    }

    /// Gives the duty up, so that another takes over at once.
    ///
    /// # Errors
    /// Those of the database; then another takes over when the row has stood still for long enough.
    pub fn leave(&self, db: &Db) -> Result<()> {
        let Some(held) = self.state.lock().held.take() else {
            return Ok(());
        };
        db.write_statement_blocking(|conn| store::leave(conn, self.node, held.term.0))
    }

    /// A beat that began at `began` is committed.
    fn prolong(&self, began: Duration) {
        if let Some(held) = &mut self.state.lock().held {
            held.end = held.end.max(began + LEASE);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// The watcher's clock starts anywhere; steps are seconds between its looks, and whether the holder beat meanwhile.
        #[test]
        fn a_row_is_free_only_after_standing_still_for_twice_its_lease(
            start in 0u64..1_000_000,
            looks in prop::collection::vec((0u64..40, any::<bool>()), 1..50),
        ) {
            let mut watch = Watch::default();
            let mut now = Duration::from_secs(start);
            let mut row = Row { holder: 7, term: 1, beats: 0, lease: 15_000_000 };
            let mut changed = now;
            prop_assert!(!watch.is_free(&row, now), "a first look proves nothing");
            for (step, beat) in looks {
                now += Duration::from_secs(step);
                if beat {
                    row.beats += 1;
                    changed = now;
                }
                prop_assert_eq!(watch.is_free(&row, now), now.saturating_sub(changed) > LEASE * 2);
            }
            row.holder = store::NOBODY;
            prop_assert!(watch.is_free(&row, now));
        }
    }
}
