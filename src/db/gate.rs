//! Blocks threads until [`Turns`] gives them their turn.

use std::collections::{HashMap, HashSet};
use std::thread::{self, Thread};
use std::time::Duration;

use parking_lot::Mutex;

use super::Party;
use super::turns::{Patience, Size, Ticket, Turns};
use crate::base::clock;

/// Lets a limited number of threads pass at a time.
pub(super) struct Gate(Mutex<State>);

struct State {
    turns: Turns,
    /// The turns that were given and have not ended.
    given: HashSet<Ticket>,
    waiting: HashMap<Ticket, Thread>,
}

/// A requested turn. It ends when this is dropped.
pub(super) struct Pass<'a> {
    gate: &'a Gate,
    ticket: Ticket,
}

impl Gate {
    pub(super) fn new(slots: usize, patience: Patience) -> Self {
        Self(Mutex::new(State {
            turns: Turns::new(slots, patience),
            given: HashSet::new(),
            waiting: HashMap::new(),
        }))
    }

    /// Requests a turn for this thread.
    pub(super) fn request(&self, party: Party, size: Size) -> Pass<'_> {
        let now = clock::boot_time();
        let mut state = self.0.lock();
        let ticket = state.turns.request(party, size, now);
        state.waiting.insert(ticket, thread::current());
        state.admit(now);
        Pass { gate: self, ticket }
    }

    /// Sets how long the feed may wait for a long turn.
    pub(super) fn set_feed_patience(&self, patience: Duration) {
        self.0.lock().turns.patience.feed = patience;
    }

    /// Returns whether a long turn must be aborted because another has waited for too long.
    pub(super) fn must_give_way(&self) -> bool {
        self.0.lock().turns.must_give_way(clock::boot_time())
    }
}

impl State {
    fn admit(&mut self, now: Duration) {
        while let Some(ticket) = self.turns.next(now) {
            self.given.insert(ticket);
            self.no_longer_waits(ticket);
        }
    }

    fn no_longer_waits(&mut self, ticket: Ticket) {
        if let Some(thread) = self.waiting.remove(&ticket) {
            thread.unpark();
        }
    }
}

impl Pass<'_> {
    /// Waits for the turn, at most for `limit`. Returns whether the turn has come. May be called
    /// again.
    pub(super) fn wait(&self, limit: Duration) -> bool {
        let began = clock::boot_time();
        let mut now = began;
        loop {
            let rest = {
                let mut state = self.gate.0.lock();
                state.admit(now);
                if state.given.contains(&self.ticket) {
                    return true;
                }
                state.turns.rest_left(now)
            };
            let left = limit.saturating_sub(now.saturating_sub(began));
            if left.is_zero() {
                return false;
            }
            thread::park_timeout(rest.unwrap_or(left).min(left));
            now = clock::boot_time();
        }
    }
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        let now = clock::boot_time();
        let mut state = self.gate.0.lock();
        state.given.remove(&self.ticket);
        state.no_longer_waits(self.ticket);
        state.turns.end(self.ticket, now);
        state.admit(now);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    const PATIENCE: Patience = Patience {
        feed: Duration::MAX,
        others: Duration::MAX,
    };
    const LONG_ENOUGH: Duration = Duration::from_mins(1);

    #[test]
    fn so_many_go_at_a_time_and_all_in_the_end() {
        let gate = Gate::new(2, PATIENCE);
        let (inside, most, done) = (
            AtomicUsize::new(0),
            AtomicUsize::new(0),
            AtomicUsize::new(0),
        );
        thread::scope(|scope| {
            for number in 0..24 {
                let (gate, inside, most, done) = (&gate, &inside, &most, &done);
                scope.spawn(move || {
                    let party = [Party::Feed, Party::Ledger, Party::Service][number % 3];
                    let pass = gate.request(party, Size::Short);
                    assert!(pass.wait(LONG_ENOUGH));
                    let count = inside.fetch_add(1, Ordering::AcqRel) + 1;
                    most.fetch_max(count, Ordering::AcqRel);
                    thread::yield_now();
                    inside.fetch_sub(1, Ordering::AcqRel);
                    done.fetch_add(1, Ordering::AcqRel);
                });
            }
        });
        assert_eq!(done.into_inner(), 24);
        assert!(most.into_inner() <= 2);
    }

    #[test]
    fn who_does_not_get_a_turn_in_time_leaves_the_queue() {
        let gate = Gate::new(1, PATIENCE);
        let held = gate.request(Party::Service, Size::Short);
        assert!(held.wait(Duration::ZERO));
        let late = gate.request(Party::Unauthenticated, Size::Short);
        assert!(!late.wait(Duration::ZERO));
        drop(late);
        drop(held);
        assert!(
            gate.request(Party::Ledger, Size::Short)
                .wait(Duration::ZERO)
        );
    }
}
