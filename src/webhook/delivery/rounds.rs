//! Which endpoints are served next: pure. What hangs keeps waiting only its own organization, however many organizations have
//! such endpoints.
//!
//! 1. An endpoint is *proven* while its last message arrived. One that is not, or that has not answered for [`SLOW`], is in *doubt*.
//! 2. [`PROVEN`] places are for proven endpoints alone; those in doubt have [`DOUBTFUL`] places of their own.
//! 3. An organization has at most [`OF_ONE`] endpoints served at once, and more than one in doubt only while half of the places for
//!    those are free.
//! 4. Of those that may be served, the next is of the organization whose turn is longest ago.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use super::store::Endpoint;
use crate::base::OrganizationId;

/// Proven endpoints served at once.
const PROVEN: usize = 32;

/// Endpoints in doubt that are served at once, before no more are begun with.
const DOUBTFUL: usize = 16;

/// Endpoints served at once, each by a thread: proven ones may all fall silent, and others take their places.
const THREADS: usize = PROVEN * 2;

/// Endpoints of one organization served at once.
const OF_ONE: usize = 4;

/// How long an answer takes of an endpoint that all is well with.
const SLOW: Duration = Duration::from_secs(1);

/// Organizations of which it is remembered when they last had a turn.
const REMEMBERED: usize = 4_096;

/// Who is being served, and what is known of the endpoints. Times are those of one clock.
#[derive(Debug, Default)]
pub(super) struct Rounds {
    /// Since when each endpoint's message at hand is on its way.
    out: HashMap<Endpoint, Duration>,
    proven: HashSet<Endpoint>,
    /// The number of turns given until each organization last got one.
    last: HashMap<OrganizationId, u64>,
    given: u64,
}

impl Rounds {
    /// Chooses the endpoints to be served from `now` on, of those that messages are due for.
    pub(super) fn choose(&mut self, due: &[Endpoint], now: Duration) -> Vec<Endpoint> {
        let mut load = self.load(now);
        let mut left = due.to_vec();
        left.retain(|to| !self.out.contains_key(to));
        let mut chosen = Vec::new();
        loop {
            let may = left.iter().filter(|to| self.may_begin(**to, &load));
            let turn = |to: &Endpoint| self.last.get(&to.0).copied().unwrap_or_default();
            // Of an organization's own, and of those that never had a turn, the one that has waited longest.
            let Some(next) = may.min_by_key(|to| turn(to)).copied() else {
                return chosen;
            };
            left.retain(|to| *to != next);
            load.add(next, !self.proven.contains(&next));
            self.out.insert(next, now);
            self.given += 1;
            if self.last.len() >= REMEMBERED {
                self.last.clear();
            }
            self.last.insert(next.0, self.given);
            chosen.push(next);
        }
    }

    fn load(&self, now: Duration) -> Load {
        let mut load = Load::default();
        for (to, since) in &self.out {
            let slow = now.saturating_sub(*since) > SLOW;
            load.add(*to, slow || !self.proven.contains(to));
        }
        load
    }

    /// The next message to an endpoint is on its way.
    pub(super) fn begin(&mut self, to: Endpoint, now: Duration) {
        if let Some(since) = self.out.get_mut(&to) {
            *since = now;
        }
    }

    /// Notes whether a message arrived.
    pub(super) fn note(&mut self, to: Endpoint, arrived: bool) {
        if arrived {
            self.proven.insert(to);
        } else {
            self.proven.remove(&to);
        }
    }

    /// An endpoint is no longer served.
    pub(super) fn end(&mut self, to: Endpoint) {
        self.out.remove(&to);
    }

    /// Whether nobody is being served.
    pub(super) fn is_over(&self) -> bool {
        self.out.is_empty()
    }

    fn may_begin(&self, to: Endpoint, load: &Load) -> bool {
        let own = load.of.get(&to.0).copied().unwrap_or_default();
        if own.all >= OF_ONE || load.total.all >= THREADS {
            return false;
        }
        if self.proven.contains(&to) {
            return load.total.all - load.total.doubtful < PROVEN;
        }
        let most = if own.doubtful == 0 {
            DOUBTFUL
        } else {
            DOUBTFUL / 2
        };
        load.total.doubtful < most
    }
}

/// How many endpoints are being served.
#[derive(Debug, Default)]
struct Load {
    total: Count,
    of: HashMap<OrganizationId, Count>,
}

#[derive(Debug, Default, Clone, Copy)]
struct Count {
    all: usize,
    doubtful: usize,
}

impl Load {
    fn add(&mut self, to: Endpoint, doubtful: bool) {
        for count in [&mut self.total, self.of.entry(to.0).or_default()] {
            count.all += 1;
            count.doubtful += usize::from(doubtful);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::base::WebhookId;

    fn endpoint(owner: i64, id: i64) -> Endpoint {
        (OrganizationId(owner), WebhookId(id))
    }

    /// So many endpoints of each organization that messages are due for.
    fn all(owners: std::ops::Range<i64>, each: i64) -> Vec<Endpoint> {
        owners
            .flat_map(|owner| (0..each).map(move |id| endpoint(owner, id)))
            .collect()
    }

    fn proven(endpoints: &[Endpoint]) -> Rounds {
        let mut rounds = Rounds::default();
        for to in endpoints {
            rounds.note(*to, true);
        }
        rounds
    }

    const AFTER: Duration = Duration::from_secs(2);

    proptest! {
        /// However many organizations have endpoints that never answer: one that does is served at once; and so is a new one, if
        /// there are not too many of those.
        #[test]
        fn what_hangs_from_the_beginning_takes_no_place_of_what_answers(hanging in 1i64..60, each in 1i64..20) {
            let well = endpoint(1_000, 1);
            let mut rounds = proven(&[well]);
            let silent = all(0..hanging, each);
            for second in 0..5 {
                rounds.choose(&silent, Duration::from_secs(second));
            }
            prop_assert!(rounds.out.len() <= DOUBTFUL);
            prop_assert_eq!(rounds.choose(&[well], AFTER), [well]);
            let new = endpoint(1_001, 1);
            prop_assert!(hanging > 9 || rounds.choose(&[new], AFTER) == [new]);
        }

        /// Endpoints that were well and fall silent all at once are in the way for a second at most.
        #[test]
        fn what_falls_silent_makes_room(hanging in 1i64..9, each in 1i64..20) {
            let well = endpoint(1_000, 1);
            let silent = all(0..hanging, each);
            let mut rounds = proven(&[&silent[..], &[well]].concat());
            rounds.choose(&silent, Duration::ZERO);
            prop_assert!(rounds.out.len() <= PROVEN);
            prop_assert_eq!(rounds.choose(&[well], AFTER), [well]);
        }

        #[test]
        fn threads_are_bounded_in_all_and_for_one(
            steps in prop::collection::vec((0u64..4, prop::collection::vec((0i64..30, 0i64..8), 0..40), any::<bool>()), 1..30),
        ) {
            let mut rounds = Rounds::default();
            let (mut now, mut order) = (Duration::ZERO, Vec::new());
            for (later, due, arrives) in steps {
                now += Duration::from_secs(later);
                let due: Vec<_> = due.into_iter().map(|(owner, id)| endpoint(owner, id)).collect();
                let chosen = rounds.choose(&due, now);
                let distinct: HashSet<_> = chosen.iter().collect();
                prop_assert_eq!(distinct.len(), chosen.len());
                order.extend(chosen);
                prop_assert!(rounds.out.len() <= THREADS);
                for owner in 0..30 {
                    let own = rounds.out.keys().filter(|to| to.0 == OrganizationId(owner)).count();
                    prop_assert!(own <= OF_ONE);
                }
                if order.len() > 5 {
                    let to = order.remove(0);
                    rounds.note(to, arrives);
                    rounds.end(to);
                }
            }
        }

        /// Where there is one place at a time, nobody gets a second turn before everyone had a first.
        #[test]
        fn organizations_take_turns(owners in 20i64..60, each in 1i64..4) {
            let due = all(0..owners, each);
            let mut rounds = Rounds::default();
            let mut order = rounds.choose(&due, Duration::ZERO);
            while order.len() < usize::try_from(owners).unwrap() {
                let first = *rounds.out.keys().next().unwrap();
                rounds.note(first, false);
                rounds.end(first);
                order.extend(rounds.choose(&due, Duration::ZERO));
            }
            let distinct: HashSet<_> = order.iter().map(|to| to.0).collect();
            prop_assert_eq!(distinct.len(), order.len());
        }
    }

    #[test]
    fn an_endpoint_that_answers_again_is_trusted_again() {
        let (one, other) = (endpoint(1, 1), endpoint(1, 2));
        let mut rounds = Rounds::default();
        rounds.choose(&all(10..18, 1), Duration::ZERO);
        assert_eq!(rounds.choose(&[one, other], Duration::ZERO), [one]);
        rounds.begin(one, AFTER);
        rounds.note(one, true);
        assert_eq!(rounds.choose(&[one, other], AFTER), [other]);
        rounds.end(one);
        rounds.end(other);
        assert_eq!(rounds.choose(&[one, other], AFTER), [one, other]);
        rounds.note(one, false);
        rounds.end(one);
        assert_eq!(rounds.choose(&[one, other], AFTER), []);
    }
}
