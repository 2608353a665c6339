//! Fair sharing of a bounded resource, such as a queue or a number of slots.
//!
//! The rule: **a party may take one more only while it holds fewer than are free.** A party that is
//! alone can hold half of the total. If `n` other parties take all they can, each holds a share of
//! 1/(n + 2). Some always stay free, so no party can lock another out.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;

/// Returns whether a party that holds `mine` may take one more of `total`, of which all parties
/// together hold `taken`.
#[must_use]
pub const fn may_take(mine: usize, taken: usize, total: usize) -> bool {
    mine < total.saturating_sub(taken)
}

/// Counts how many of a bounded number of slots each party holds.
#[derive(Debug)]
pub struct Shares<K> {
    total: usize,
    taken: usize,
    held: HashMap<K, usize>,
}

impl<K: Copy + Eq + Hash> Shares<K> {
    /// Returns the shares of `total` slots, all free.
    #[must_use]
    pub fn new(total: usize) -> Self {
        Self {
            total,
            taken: 0,
            held: HashMap::new(),
        }
    }

    /// Returns how many slots the party holds.
    #[must_use]
    pub fn of(&self, party: K) -> usize {
        self.held.get(&party).copied().unwrap_or_default()
    }

    /// Returns how many slots are taken.
    #[must_use]
    pub const fn taken(&self) -> usize {
        self.taken
    }

    /// Returns whether the party may take a slot.
    #[must_use]
    pub fn admits(&self, party: K) -> bool {
        may_take(self.of(party), self.taken, self.total)
    }

    /// Takes a slot for the party without checking [`Shares::admits`].
    pub fn take(&mut self, party: K) {
        self.taken += 1;
        *self.held.entry(party).or_default() += 1;
    }

    /// Returns one of the party's slots.
    pub fn give_back(&mut self, party: K) {
        let Some(held) = self.held.get_mut(&party) else {
            return;
        };
        self.taken -= 1;
        *held -= 1;
        if *held == 0 {
            self.held.remove(&party);
        }
    }
}

/// A bounded queue in which parties take turns. The next item belongs to the party that has waited
/// longest since its last turn; items of one party keep their order.
#[derive(Debug)]
pub struct FairQueue<K, T> {
    shares: Shares<K>,
    items: HashMap<K, VecDeque<T>>,
    /// The parties that have items, in the order of their turns.
    turns: VecDeque<K>,
}

impl<K: Copy + Eq + Hash, T> FairQueue<K, T> {
    /// Returns an empty queue for at most `total` items.
    #[must_use]
    pub fn new(total: usize) -> Self {
        Self {
            shares: Shares::new(total),
            items: HashMap::new(),
            turns: VecDeque::new(),
        }
    }

    /// Returns the number of waiting items.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.shares.taken()
    }

    /// Returns whether the queue is empty.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Adds an item of a party.
    ///
    /// # Errors
    /// Returns the item if the party already has its share of the queue.
    pub fn push(&mut self, party: K, item: T) -> Result<(), T> {
        if !self.shares.admits(party) {
            return Err(item);
        }
        self.shares.take(party);
        let own = self.items.entry(party).or_default();
        if own.is_empty() {
            self.turns.push_back(party);
        }
        own.push_back(item);
        Ok(())
    }

    /// Removes and returns the next item. Returns `None` if the queue is empty.
    pub fn pop(&mut self) -> Option<T> {
        let party = self.turns.pop_front()?;
        let own = self.items.get_mut(&party)?;
        let item = own.pop_front();
        if own.is_empty() {
            self.items.remove(&party);
        } else {
            self.turns.push_back(party);
        }
        self.shares.give_back(party);
        item
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The operations on a queue: `Some(party)` adds an item, `None` takes the next one out.
    fn steps() -> impl Strategy<Value = Vec<Option<u8>>> {
        prop::collection::vec(prop::option::weighted(0.7, 0u8..5), 0..300)
    }

    proptest! {
        #[test]
        fn whoever_has_nothing_gets_in_whatever_another_does(total in 1usize..100, pushes in 0usize..300) {
            let mut queue = FairQueue::new(total);
            let admitted = (0..pushes).filter(|push| queue.push(1, *push).is_ok()).count();
            prop_assert_eq!(admitted, pushes.min(total.div_ceil(2)));
            prop_assert_eq!(queue.push(2, 0).is_ok(), total > 1 || pushes == 0);
        }

        #[test]
        fn many_who_take_all_they_can_leave_room_for_one_more(total in 64usize..512, parties in 1usize..8) {
            let mut queue = FairQueue::new(total);
            for round in 0..total {
                for party in 0..parties {
                    let _ = queue.push(party, round);
                }
            }
            prop_assert!(total - queue.len() >= total / (parties + 1) - parties);
            prop_assert!(queue.push(parties, 0).is_ok());
        }

        #[test]
        fn nothing_is_lost_and_each_partys_items_keep_their_order(steps in steps(), total in 1usize..40) {
            let mut queue = FairQueue::new(total);
            let mut waiting: HashMap<u8, VecDeque<usize>> = HashMap::new();
            for (number, step) in steps.into_iter().enumerate() {
                match step {
                    Some(party) => {
                        if queue.push(party, (party, number)).is_ok() {
                            waiting.entry(party).or_default().push_back(number);
                        }
                    }
                    None => match queue.pop() {
                        Some((party, number)) => {
                            prop_assert_eq!(waiting.get_mut(&party).unwrap().pop_front(), Some(number));
                        }
                        None => prop_assert!(waiting.values().all(VecDeque::is_empty)),
                    },
                }
                let sum: usize = waiting.values().map(VecDeque::len).sum();
                prop_assert_eq!(queue.len(), sum);
                prop_assert!(queue.len() <= total);
            }
        }

        /// Between two items of one party, every other party that is waiting the whole time gets
        /// exactly one turn.
        #[test]
        fn parties_take_turns(counts in prop::collection::vec(1usize..20, 1..6)) {
            let mut queue = FairQueue::new(10_000);
            for (party, count) in counts.iter().enumerate() {
                for _ in 0..*count {
                    prop_assert!(queue.push(party, party).is_ok());
                }
            }
            let mut left = counts;
            while !queue.is_empty() {
                let round: Vec<_> = (0..left.len()).filter(|party| left[*party] > 0).collect();
                for party in round {
                    prop_assert_eq!(queue.pop(), Some(party));
                    left[party] -= 1;
                }
            }
        }
    }

    #[test]
    fn places_come_back() {
        let mut shares = Shares::new(2);
        shares.take("a");
        assert!(!shares.admits("a") && shares.admits("b"));
        shares.give_back("a");
        assert!(shares.admits("a"));
        assert_eq!((shares.of("a"), shares.taken()), (0, 0));
    }
}
