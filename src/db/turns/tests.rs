//! The scheduler's rules, tested on random histories of many parties.

use proptest::prelude::*;

use super::*;
use crate::base::OrganizationId;

fn organization(id: i64) -> Party {
    Party::Organization(OrganizationId(id))
}

fn party() -> impl Strategy<Value = Party> {
    prop_oneof![
        1 => Just(Party::Feed),
        1 => Just(Party::Ledger),
        1 => Just(Party::Service),
        1 => Just(Party::Unauthenticated),
        4 => (0i64..4).prop_map(organization),
    ]
}

fn size() -> impl Strategy<Value = Size> {
    prop_oneof![2 => Just(Size::Short), 1 => Just(Size::Long)]
}

/// A step: after this many milliseconds, a party asks for a turn, or a running turn ends.
fn steps() -> impl Strategy<Value = Vec<(u64, Option<(Party, Size)>)>> {
    let ask = prop::option::weighted(0.6, (party(), size()));
    prop::collection::vec((0u64..40, ask), 1..200)
}

const PATIENCE: Patience = Patience {
    feed: Duration::from_secs(1),
    others: Duration::from_secs(3),
};

/// A scheduler, and which party has which turn.
struct World {
    turns: Turns,
    now: Duration,
    requested: HashMap<Ticket, (Party, Size)>,
    under_way: Vec<Ticket>,
}

impl World {
    fn new(slots: usize) -> Self {
        Self {
            turns: Turns::new(slots, PATIENCE),
            now: Duration::ZERO,
            requested: HashMap::new(),
            under_way: Vec::new(),
        }
    }

    fn request(&mut self, party: Party, size: Size) -> Ticket {
        let ticket = self.turns.request(party, size, self.now);
        self.requested.insert(ticket, (party, size));
        ticket
    }

    /// Returns the parties that get their turn now, in order.
    fn go(&mut self) -> Vec<Party> {
        let mut given = Vec::new();
        while let Some(ticket) = self.turns.next(self.now) {
            self.under_way.push(ticket);
            given.push(self.requested[&ticket].0);
        }
        given
    }

    fn end_first(&mut self) {
        if !self.under_way.is_empty() {
            let ticket = self.under_way.remove(0);
            self.turns.end(ticket, self.now);
            self.requested.remove(&ticket);
        }
    }

    fn count(&self, of: impl Fn(Party, Size) -> bool) -> usize {
        let under_way = self.under_way.iter().map(|ticket| self.requested[ticket]);
        under_way.filter(|(party, size)| of(*party, *size)).count()
    }

    fn waiting(&self, of: impl Fn(Party, Size) -> bool) -> usize {
        self.requested
            .values()
            .filter(|(party, size)| of(*party, *size))
            .count()
            - self.count(of)
    }

    /// Ends turns and advances the time until nobody waits, in at most `limit` steps.
    fn drain(&mut self, limit: usize) {
        for _ in 0..limit {
            self.go();
            self.end_first();
            self.now += Duration::from_secs(1);
        }
    }
}

proptest! {
    #[test]
    fn slots_are_bounded_and_long_turns_come_one_at_a_time(slots in 1usize..9, steps in steps()) {
        let mut world = World::new(slots);
        for (later, step) in steps {
            world.now += Duration::from_millis(later);
            match step {
                Some((party, size)) => { world.request(party, size); }
                None => world.end_first(),
            }
            world.go();
            prop_assert!(world.under_way.len() <= slots);
            prop_assert!(world.count(|_, size| size == Size::Long) <= 1);
            for id in 0..4 {
                prop_assert!(world.count(|party, _| party == organization(id)) <= slots.div_ceil(2));
            }
        }
    }

    /// Whatever the others do, the feed waits at most for one turn to end.
    #[test]
    fn the_feed_gets_the_next_slot(slots in 1usize..9, steps in steps()) {
        let mut world = World::new(slots);
        for (later, step) in steps {
            world.now += Duration::from_millis(later);
            match step {
                Some((party, size)) if party != Party::Feed => { world.request(party, size); }
                _ => world.end_first(),
            }
            world.go();
        }
        world.request(Party::Feed, Size::Short);
        if world.under_way.len() == slots {
            prop_assert!(world.go().is_empty());
            world.end_first();
        }
        prop_assert_eq!(world.go().first().copied(), Some(Party::Feed));
    }

    /// Whatever one organization asks for, another that asks for its first turn gets the next slot
    /// but one (the ledger may go before it).
    #[test]
    fn a_newcomer_is_not_behind_anothers_queue(slots in 1usize..9, flood in 1usize..200, long in any::<bool>()) {
        let mut world = World::new(slots);
        let size = if long { Size::Long } else { Size::Short };
        for _ in 0..flood {
            world.request(organization(1), size);
        }
        world.go();
        // It has had several turns, and many more are waiting.
        for _ in 0..flood / 2 {
            world.end_first();
            world.now += Duration::from_secs(10);
            world.go();
        }
        world.request(Party::Ledger, Size::Short);
        world.request(organization(2), Size::Short);
        let mut first = world.go();
        while first.len() < 2 {
            world.end_first();
            first.extend(world.go());
        }
        prop_assert!(first[..2].contains(&organization(2)));
    }

    #[test]
    fn everybody_gets_a_turn_in_the_end(slots in 1usize..9, steps in steps()) {
        let mut world = World::new(slots);
        for (later, step) in &steps {
            world.now += Duration::from_millis(*later);
            if let Some((party, size)) = step {
                world.request(*party, *size);
            }
            world.go();
        }
        world.drain(steps.len() * 3);
        prop_assert_eq!(world.waiting(|_, _| true), 0);
        prop_assert_eq!(world.turns.shares.taken(), world.under_way.len());
    }

    /// While others are waiting, long turns take at most a quarter of the time.
    #[test]
    fn long_turns_leave_three_quarters_to_others(took in prop::collection::vec(1u64..400, 1..20)) {
        let mut world = World::new(1);
        let (mut long, mut began) = (Duration::ZERO, None);
        for _ in &took {
            world.request(organization(1), Size::Long);
        }
        for took in took.into_iter().map(Duration::from_millis) {
            world.request(organization(2), Size::Short);
            while world.count(|_, size| size == Size::Long) == 0 {
                if world.go().is_empty() {
                    world.now += world.turns.rest_left(world.now).unwrap_or_default();
                }
                if world.count(|_, size| size == Size::Long) == 0 {
                    world.end_first();
                }
            }
            let first = *began.get_or_insert(world.now);
            // All long turns up to here, with their pauses, took the time since the first one
            // began.
            prop_assert!(world.now >= first + long * (REST + 1));
            world.request(organization(2), Size::Short);
            world.now += took;
            world.end_first();
            long += took.min(LONGEST_REST / REST);
        }
    }
}

proptest! {
    /// While others are waiting, one party's long turns take at most a two-hundredth of the time,
    /// or are two seconds apart. They do not delay those of another party as much.
    #[test]
    fn one_partys_long_turns_are_far_apart(took in prop::collection::vec(1u64..400, 1..20)) {
        let mut world = World::new(1);
        for took in took.into_iter().map(Duration::from_millis) {
            world.request(organization(1), Size::Long);
            world.now += world.turns.rest_left(world.now).unwrap_or_default();
            prop_assert_eq!(world.go(), [organization(1)]);
            world.request(organization(2), Size::Short);
            world.now += took;
            world.end_first();
            prop_assert_eq!(world.go(), [organization(2)]);
            world.end_first();
            let mine = world.request(organization(1), Size::Long);
            let pause = (took * REST_OF_ONE).min(PATIENCE.others).min(LONGEST_REST_OF_ONE);
            prop_assert_eq!(world.turns.rest_left(world.now), Some(pause));
            world.request(organization(3), Size::Long);
            let others = (took * REST).min(LONGEST_REST);
            prop_assert_eq!(world.turns.rest_left(world.now), Some(others));
            world.turns.end(mine, world.now);
            world.now += others;
            prop_assert_eq!(world.go(), [organization(3)]);
            world.end_first();
        }
        prop_assert!(world.turns.rests.len() <= 1);
    }
}

#[test]
fn the_ledger_has_every_second_turn() {
    let mut world = World::new(1);
    for id in 1..=3 {
        world.request(organization(id), Size::Short);
    }
    let mut order = Vec::new();
    for _ in 0..6 {
        world.request(Party::Ledger, Size::Short);
        order.extend(world.go());
        world.end_first();
    }
    let ledger = Party::Ledger;
    let [one, two, three] = [1, 2, 3].map(organization);
    assert_eq!(order, [ledger, one, ledger, two, ledger, three]);
}

#[test]
fn a_long_turn_that_kept_nobody_waiting_is_followed_by_the_next_at_once() {
    let mut world = World::new(1);
    world.request(organization(1), Size::Long);
    world.request(organization(1), Size::Long);
    assert_eq!(world.go(), [organization(1)]);
    world.request(Party::Feed, Size::Short);
    world.now += Duration::from_secs(1);
    world.end_first();
    assert_eq!(world.go(), [Party::Feed]);
    world.end_first();
    assert_eq!(world.go(), [organization(1)]);
}

#[test]
fn who_gives_up_waiting_is_no_longer_in_the_way() {
    let mut world = World::new(1);
    let first = world.request(organization(1), Size::Short);
    world.go();
    let second = world.request(organization(1), Size::Short);
    let third = world.request(organization(2), Size::Short);
    world.turns.end(second, world.now);
    world.turns.end(third, world.now);
    world.turns.end(first, world.now);
    assert_eq!(world.turns.next(world.now), None);
    assert_eq!(world.turns.shares.taken(), 0);
}

#[test]
fn what_is_remembered_of_parties_is_bounded() {
    let mut world = World::new(1);
    for id in 0..5_000 {
        world.request(organization(id), Size::Short);
        world.go();
        world.end_first();
    }
    assert!(world.turns.last.len() <= REMEMBERED + 1);
}

#[test]
fn a_long_turn_is_broken_off_when_another_has_no_more_patience() {
    for (party, patience) in [
        (Party::Feed, PATIENCE.feed),
        (Party::Ledger, PATIENCE.others),
        (organization(2), PATIENCE.others),
    ] {
        let mut world = World::new(1);
        world.request(organization(1), Size::Short);
        world.go();
        // Time spent waiting for something else before does not count.
        world.request(organization(1), Size::Long);
        world.now += Duration::from_secs(10);
        world.end_first();
        world.go();
        world.request(organization(1), Size::Short);
        world.request(organization(2), Size::Long);
        world.now += Duration::from_secs(10);
        assert!(!world.turns.must_give_way(world.now));
        world.request(party, Size::Short);
        world.now += patience;
        assert!(!world.turns.must_give_way(world.now));
        world.now += Duration::from_millis(1);
        assert!(world.turns.must_give_way(world.now));
        world.end_first();
        assert_eq!(world.go(), [party]);
        assert!(!world.turns.must_give_way(world.now));
    }
}
