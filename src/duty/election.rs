//! The leader election: takes over, sends heartbeats, and ties writes to this node's term.

use std::time::Duration;

use parking_lot::Mutex;

use super::store::{self, Row};
use crate::base::{Clock, Unchanged};
use crate::db::{Conn, Db, Error, Result};

/// How long a node stays on duty after a heartbeat.
const LEASE: Duration = Duration::from_secs(15);

/// A period of duty of one node. Every term has its own number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Term(i64);

/// This node's view of the duty.
pub struct Duty {
    /// The number of this node: random, new at every start.
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
    /// When it ends, on this node's monotonic clock.
    end: Duration,
}

/// The term and heartbeats last seen in another node's row, and since when.
#[derive(Default)]
struct Watch(Option<Unchanged<(i64, i64)>>);

impl Watch {
    /// Returns whether `row`, read at `now` on this node's clock, has no holder or belongs to a
    /// node that has stopped.
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
    /// Returns a node that is not on duty yet. `node` is a number that no other node has, as in the
    /// registry of nodes; it is above 0.
    #[must_use]
    pub fn new(clock: Clock, node: i64) -> Self {
        Self {
            node: node.max(store::NOBODY + 1),
            clock,
            state: Mutex::default(),
        }
    }

    /// Sends a heartbeat if one is due, or takes over if no node is on duty. Returns the term;
    /// `None` if this node is not on duty. Must be called every few seconds.
    ///
    /// # Errors
    /// Returns an error if the database call fails. This node then stays on duty at most until its
    /// lease ends.
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

    /// Returns whether this node is on duty, judged without the database.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.term().is_some()
    }

    /// Returns this node's term, judged without the database; `None` if it is not on
    /// duty.
    #[must_use]
    pub fn term(&self) -> Option<Term> {
        let held = self.state.lock().held;
        held.filter(|held| self.clock.elapsed() < held.end)
            .map(|held| held.term)
    }

    /// Runs a write transaction that commits only if this node is still on duty at the commit. It
    /// counts as a heartbeat.
    ///
    /// # Errors
    /// Returns the errors of `body` and of the database, and [`Error::Unavailable`] if another node
    /// has taken over.
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

    /// Runs transactions as [`Duty::write`] does until there is nothing left to do, and returns the
    /// total. `batch` does a bounded amount of work and returns how much it did.
    ///
    /// # Errors
    /// Returns an error as [`Duty::write`] does. Transactions committed before stay.
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

    /// Ties the caller's transaction to this node's duty: no other node can take over before it
    /// ends, and it fails if one has. Must be called before any other statement that takes a lock.
    ///
    /// # Errors
    /// Returns an error as [`Duty::write`] does.
    pub fn fence(&self, conn: &mut Conn) -> Result<()> {
        let held = self.state.lock().held.ok_or_else(off_duty)?;
        if store::beat(conn, self.node, held.term.0)? {
            return Ok(());
        }
        self.state.lock().held = None;
        Err(off_duty())
    }

    /// Ends this node's duty, so that another node can take over at once.
    ///
    /// # Errors
    /// Returns an error if the database call fails. Another node then takes over when the row has
    /// not changed for long enough.
    pub fn leave(&self, db: &Db) -> Result<()> {
        let Some(held) = self.state.lock().held.take() else {
            return Ok(());
        };
        db.write_statement_blocking(|conn| store::leave(conn, self.node, held.term.0))
    }

    /// Extends the lease after a committed heartbeat that began at `began`.
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
        /// The watcher's clock starts at any value. A step is the number of seconds between two
        /// looks, and whether the holder sent a heartbeat in between.
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
