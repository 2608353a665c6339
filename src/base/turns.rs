//! A bounded queue in which callers take turns, so that many callers cannot lock anyone out.
//!
//! Known callers and strangers wait in separate halves. Each half has its share of the capacity and
//! of the turns. Within a half, organizations (or addresses) take turns, however many items each
//! has waiting. When the queue is full, the one with the most waiting items loses its newest item.

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;

use super::OrganizationId;

/// The caller that an item waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Turn {
    /// A caller that names this organization, from an address that has logged in to it before.
    Known(OrganizationId),
    /// A caller from any other address (of IPv6, the /64).
    Stranger(Option<IpAddr>),
}

/// How many turns known callers get for each turn of a stranger while both are waiting.
const KNOWN_IN_A_ROW: u32 = 3;

/// The queue.
#[derive(Debug)]
pub struct Turns<T> {
    most: usize,
    known: Half<T>,
    strangers: Half<T>,
    in_a_row: u32,
}

/// The result of a push.
#[derive(Debug, PartialEq, Eq)]
pub enum Pushed<T> {
    /// The item is waiting.
    Waits,
    /// The item is waiting; this other item was removed to make room.
    InPlaceOf(T),
    /// The queue is full, and the item was not accepted.
    Refused(T),
}

/// Callers who take turns with each other.
#[derive(Debug)]
struct Half<T> {
    lines: HashMap<Turn, VecDeque<T>>,
    order: VecDeque<Turn>,
    waiting: usize,
}

impl<T> Half<T> {
    fn new() -> Self {
        Self {
            lines: HashMap::new(),
            order: VecDeque::new(),
            waiting: 0,
        }
    }

    fn length(&self, turn: Turn) -> usize {
        self.lines.get(&turn).map_or(0, VecDeque::len)
    }

    fn push(&mut self, turn: Turn, item: T) {
        let line = self.lines.entry(turn).or_default();
        if line.is_empty() {
            self.order.push_back(turn);
        }
        line.push_back(item);
        self.waiting += 1;
    }

    fn pop(&mut self) -> Option<T> {
        let turn = self.order.pop_front()?;
        let line = self.lines.get_mut(&turn)?;
        let item = line.pop_front();
        if line.is_empty() {
            self.lines.remove(&turn);
        } else {
            self.order.push_back(turn);
        }
        self.waiting -= usize::from(item.is_some());
        item
    }

    /// Removes and returns the newest item of the longest line, if that line is longer than `than`.
    fn take_from_longest(&mut self, than: usize) -> Option<T> {
        let (turn, line) = self.lines.iter_mut().max_by_key(|(_, line)| line.len())?;
        if line.len() <= than {
            return None;
        }
        let (turn, item) = (*turn, line.pop_back());
        if line.is_empty() {
            self.lines.remove(&turn);
            self.order.retain(|other| *other != turn);
        }
        self.waiting -= usize::from(item.is_some());
        item
    }
}

impl<T> Turns<T> {
    /// Returns an empty queue for at most `most` items, and at least 1.
    #[must_use]
    pub fn new(most: usize) -> Self {
        Self {
            most: most.max(1),
            known: Half::new(),
            strangers: Half::new(),
            in_a_row: 0,
        }
    }

    fn waiting(&self) -> usize {
        self.known.waiting + self.strangers.waiting
    }

    /// Adds an item. If the queue is full, another item may be removed for it.
    pub fn push(&mut self, turn: Turn, item: T) -> Pushed<T> {
        let full = self.waiting() >= self.most;
        let (own, other, share) = match turn {
            Turn::Known(_) => (&mut self.known, &mut self.strangers, self.most.div_ceil(2)),
            Turn::Stranger(_) => (&mut self.strangers, &mut self.known, self.most / 2),
        };
        let mut removed = None;
        if full {
            removed = if own.waiting < share {
                other.take_from_longest(0)
            } else {
                let length = own.length(turn);
                own.take_from_longest(length + 1)
            };
            if removed.is_none() {
                return Pushed::Refused(item);
            }
        }
        own.push(turn, item);
        removed.map_or(Pushed::Waits, Pushed::InPlaceOf)
    }

    /// Removes and returns the next item. Returns `None` if the queue is empty.
    pub fn pop(&mut self) -> Option<T> {
        let strangers_next = self.in_a_row >= KNOWN_IN_A_ROW && self.strangers.waiting > 0;
        if !strangers_next && let Some(item) = self.known.pop() {
            self.in_a_row += 1;
            return Some(item);
        }
        self.in_a_row = 0;
        self.strangers.pop()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn stranger(host: u8) -> Turn {
        Turn::Stranger(Some([203, 0, 113, host].into()))
    }

    fn known(id: i64) -> Turn {
        Turn::Known(OrganizationId(id))
    }

    #[test]
    fn thirty_addresses_that_fill_the_queue_keep_nobody_out() {
        let mut turns = Turns::new(64);
        for round in 0..30 {
            for host in 0..30 {
                turns.push(stranger(host), (host, round));
            }
        }
        assert_eq!(turns.waiting(), 64);
        assert!(matches!(
            turns.push(known(1), (100, 0)),
            Pushed::InPlaceOf(_)
        ));
        assert!(matches!(
            turns.push(stranger(200), (200, 0)),
            Pushed::InPlaceOf(_)
        ));
        assert_eq!(turns.pop(), Some((100, 0)), "who was in before goes first");
        let place = (0..64).position(|_| turns.pop() == Some((200, 0)));
        assert!(
            place.unwrap() <= 30,
            "each address has one turn before any has two"
        );
    }

    #[test]
    fn known_logins_leave_strangers_a_turn() {
        let mut turns = Turns::new(64);
        for number in 0..64 {
            turns.push(known(number), number);
        }
        turns.push(stranger(1), 1_000);
        assert_eq!((0..64).position(|_| turns.pop() == Some(1_000)), Some(3));
    }

    #[test]
    fn the_smallest_queue_holds_one() {
        let mut turns = Turns::new(0);
        assert_eq!(turns.push(stranger(1), 1), Pushed::Waits);
        assert_eq!(turns.push(stranger(2), 2), Pushed::Refused(2));
        assert_eq!(turns.push(known(1), 3), Pushed::InPlaceOf(1));
        assert_eq!(turns.push(stranger(1), 4), Pushed::Refused(4));
        assert_eq!((turns.pop(), turns.pop()), (Some(3), None));
    }

    /// `Some` pushes an item for that caller, `None` pops.
    fn steps() -> impl Strategy<Value = Vec<Option<Turn>>> {
        let turn = prop_oneof![
            (0u8..6).prop_map(|host| Some(stranger(host))),
            (0i64..6).prop_map(|id| Some(known(id))),
            Just(None),
        ];
        prop::collection::vec(turn, 0..300)
    }

    fn after(most: usize, steps: &[Option<Turn>]) -> Turns<(Turn, usize)> {
        let mut turns = Turns::new(most);
        for (number, step) in steps.iter().enumerate() {
            match step {
                Some(turn) => drop(turns.push(*turn, (*turn, number))),
                None => drop(turns.pop()),
            }
        }
        turns
    }

    proptest! {
        #[test]
        fn nothing_is_lost_doubled_or_out_of_bounds(most in 1usize..20, steps in steps()) {
            let mut turns = Turns::new(most);
            let (mut inside, mut counted) = (std::collections::HashSet::new(), 0);
            for (number, step) in steps.into_iter().enumerate() {
                match step {
                    None => {
                        if let Some(item) = turns.pop() {
                            prop_assert!(inside.remove(&item));
                        } else {
                            prop_assert!(inside.is_empty());
                        }
                    }
                    Some(turn) => {
                        counted += 1;
                        match turns.push(turn, (turn, number)) {
                            Pushed::Waits => {}
                            Pushed::InPlaceOf(item) => prop_assert!(inside.remove(&item)),
                            Pushed::Refused(item) => {
                                prop_assert_eq!(item, (turn, number));
                                continue;
                            }
                        }
                        inside.insert((turn, number));
                    }
                }
                prop_assert_eq!(turns.waiting(), inside.len());
                prop_assert!(inside.len() <= most);
            }
            prop_assert!(counted >= inside.len());
            prop_assert_eq!(std::iter::from_fn(|| turns.pop()).count(), inside.len());
        }

        /// Whatever others did, a caller with nothing waiting is accepted, unless its half is full
        /// and no caller in it has more than one item.
        #[test]
        fn a_crowd_keeps_nobody_out(most in 2usize..20, steps in steps(), newcomer in any::<bool>()) {
            let mut turns = after(most, &steps);
            let (turn, share) = if newcomer { (known(99), most.div_ceil(2)) } else { (stranger(99), most / 2) };
            let half = if newcomer { &turns.known } else { &turns.strangers };
            let crowded = half.waiting >= share && half.lines.values().all(|line| line.len() <= 1);
            let full = turns.waiting() == most;
            let refused = matches!(turns.push(turn, (turn, 1_000)), Pushed::Refused(_));
            prop_assert_eq!(refused, full && crowded);
        }

        /// A waiting caller gets its turn before any other in its half gets two, and at least every
        /// fourth turn belongs to its half.
        #[test]
        fn the_wait_is_bounded_by_how_many_wait(most in 2usize..20, steps in steps(), newcomer in any::<bool>()) {
            let mut turns = after(most, &steps);
            let turn = if newcomer { known(99) } else { stranger(99) };
            prop_assume!(!matches!(turns.push(turn, (turn, 1_000)), Pushed::Refused(_)));
            let others = if newcomer { turns.known.lines.len() } else { turns.strangers.lines.len() };
            let place = (0..most).position(|_| turns.pop() == Some((turn, 1_000)));
            prop_assert!(place.is_some_and(|place| place < 4 * others));
        }
    }
}
