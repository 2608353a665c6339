//! Limits how many logins are looked up at once: callers without a credential use at most half of
//! the connections to the database, and wait in a fair queue.

use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::base::{Pushed, Turn, Turns};
use crate::db::{Db, Error, Result};

/// The queue for lookups of logins in the database.
pub struct Lookups(Mutex<State>);

struct State {
    free: usize,
    waiting: Turns<oneshot::Sender<Place>>,
}

/// The permission to look up one login. Dropping it frees the place.
pub struct Place(Arc<Lookups>);

impl Drop for Place {
    fn drop(&mut self) {
        let mut state = self.0.0.lock();
        state.free += 1;
        // Callers that have disconnected are skipped. The lock is released before the send: a place
        // that cannot be sent is dropped, and its drop takes the lock again.
        while state.free > 0
            && let Some(next) = state.waiting.pop()
        {
            if next.is_closed() {
                continue;
            }
            state.free -= 1;
            drop(state);
            let _ = next.send(Self(Arc::clone(&self.0)));
            state = self.0.0.lock();
        }
    }
}

impl Lookups {
    /// Makes a queue that lets logins use half of the `pool_size` connections, at least one. At
    /// most `waiting` callers wait.
    #[must_use]
    pub fn new(pool_size: u32, waiting: usize) -> Arc<Self> {
        let half = usize::try_from(pool_size / 2).unwrap_or(usize::MAX);
        Arc::new(Self(Mutex::new(State {
            free: half.max(1),
            waiting: Turns::new(waiting),
        })))
    }

    /// Waits for a place, at most as long as a caller waits for a connection.
    ///
    /// # Errors
    /// Returns [`Error::Unavailable`] at once if the database was unreachable just now;
    /// [`Error::Busy`] if no place became free in time, or the queue is full.
    pub async fn enter(self: &Arc<Self>, turn: Turn, db: &Db) -> Result<Place> {
        let Some(called) = self.queue(turn)? else {
            return Ok(Place(Arc::clone(self)));
        };
        db.check_reachable()?;
        match timeout(db.acquire_timeout(), called).await {
            Ok(Ok(place)) => Ok(place),
            Ok(Err(_)) | Err(_) => Err(Error::Busy),
        }
    }

    /// Takes a place, or queues for one. Returns `None` if a place was free; the caller then has
    /// it.
    fn queue(&self, turn: Turn) -> Result<Option<oneshot::Receiver<Place>>> {
        let mut state = self.0.lock();
        if state.free > 0 {
            state.free -= 1;
            return Ok(None);
        }
        let (call, called) = oneshot::channel();
        match state.waiting.push(turn, call) {
            Pushed::Waits | Pushed::InPlaceOf(_) => Ok(Some(called)),
            Pushed::Refused(_) => Err(Error::Busy),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn free(lookups: &Arc<Lookups>) -> usize {
        lookups.0.lock().free
    }

    #[test]
    fn half_of_the_connections_are_left_to_others() {
        for (pool, places) in [(1, 1), (2, 1), (3, 1), (8, 4), (1_000, 500)] {
            assert_eq!(free(&Lookups::new(pool, 1)), places);
        }
    }

    /// A caller that has a place or waits for one.
    enum Caller {
        In(Place),
        Waits(oneshot::Receiver<Place>),
    }

    proptest! {
        /// Whatever callers do, no place is lost or doubled, and no caller waits while a place is
        /// free.
        #[test]
        fn places_are_kept(steps in prop::collection::vec((0u8..5, any::<prop::sample::Index>(), any::<bool>()), 0..200)) {
            let lookups = Lookups::new(6, 8);
            let mut callers = Vec::new();
            for (host, which, come) in steps {
                if come || callers.is_empty() {
                    let turn = Turn::Stranger(Some([203, 0, 113, host].into()));
                    match lookups.queue(turn) {
                        Ok(None) => callers.push(Caller::In(Place(Arc::clone(&lookups)))),
                        Ok(Some(called)) => callers.push(Caller::Waits(called)),
                        Err(_) => {}
                    }
                } else {
                    drop(callers.swap_remove(which.index(callers.len())));
                }
                callers = callers.into_iter().filter_map(|caller| match caller {
                    Caller::In(place) => Some(Caller::In(place)),
                    Caller::Waits(mut called) => match called.try_recv() {
                        Ok(place) => Some(Caller::In(place)),
                        Err(oneshot::error::TryRecvError::Empty) => Some(Caller::Waits(called)),
                        Err(oneshot::error::TryRecvError::Closed) => None,
                    },
                }).collect();
                let inside = callers.iter().filter(|caller| matches!(caller, Caller::In(_))).count();
                prop_assert_eq!(inside + free(&lookups), 3);
                prop_assert!(inside == callers.len() || free(&lookups) == 0);
            }
            drop(callers);
            prop_assert_eq!(free(&lookups), 3);
        }
    }
}
