//! Decides which endpoints are served next, as pure functions. Endpoints that do not answer delay
//! only their own organization, however many organizations have such endpoints.
//!
//! 1. An endpoint is *proven* while its last message arrived. An endpoint that is not proven, or
//!    whose message has been in delivery for longer than [`SLOW`], is in *doubt*.
//! 2. [`PROVEN`] places are for proven endpoints alone; those in doubt have [`DOUBTFUL`] places of
//!    their own.
//! 3. At most [`OF_ONE`] endpoints of an organization are served at once, and more than one in
//!    doubt only while half of the places for those in doubt are free.
//! 4. Of the endpoints that may be served, the next is one of the organization whose turn was
//!    longest ago.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use super::store::Endpoint;
use crate::base::OrganizationId;

/// The largest number of proven endpoints that are served at once.
const PROVEN: usize = 32;

/// The number of served endpoints in doubt from which no further one in doubt is begun.
const DOUBTFUL: usize = 16;

/// The largest number of endpoints that are served at once, each by a thread: all proven ones may
/// stop answering, and others then take their places.
const THREADS: usize = PROVEN * 2;

/// The largest number of endpoints of one organization that are served at once.
const OF_ONE: usize = 4;

/// The longest time that a healthy endpoint takes to answer.
const SLOW: Duration = Duration::from_secs(1);

/// The largest number of organizations whose last turn is kept.
const REMEMBERED: usize = 4_096;

/// Which endpoints are being served, and which are proven. All times are of one monotonic clock.
#[derive(Debug, Default)]
pub(super) struct Rounds {
    /// For each served endpoint, when the delivery of its current message began.
    out: HashMap<Endpoint, Duration>,
    proven: HashSet<Endpoint>,
    /// For each organization, the value of `given` at its last turn.
    last: HashMap<OrganizationId, u64>,
    given: u64,
}

impl Rounds {
    /// Chooses which of the endpoints with due messages are served from `now` on. `due` begins with
    /// the one that has waited longest.
    pub(super) fn choose(&mut self, due: &[Endpoint], now: Duration) -> Vec<Endpoint> {
        let mut load = self.load(now);
        let mut left = due.to_vec();
        left.retain(|to| !self.out.contains_key(to));
        let mut chosen = Vec::new();
        loop {
            let may = left.iter().filter(|to| self.may_begin(**to, &load));
            let turn = |to: &Endpoint| self.last.get(&to.0).copied().unwrap_or_default();
            // Of endpoints with the same turn (those of one organization, or of organizations
            // without a turn yet), this is the one that has waited longest.
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

    /// Records that the delivery of the next message to an endpoint begins.
    pub(super) fn begin(&mut self, to: Endpoint, now: Duration) {
        if let Some(since) = self.out.get_mut(&to) {
            *since = now;
        }
    }

    /// Records whether a message arrived.
    pub(super) fn note(&mut self, to: Endpoint, arrived: bool) {
        if arrived {
            self.proven.insert(to);
        } else {
            self.proven.remove(&to);
        }
    }

    /// Records that an endpoint is no longer served.
    pub(super) fn end(&mut self, to: Endpoint) {
        self.out.remove(&to);
    }

    /// Returns whether no endpoint is being served.
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

/// The number of endpoints that are being served.
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

    /// Returns `each` endpoints for each organization, all with due messages.
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
        /// However many organizations have endpoints that never answer, an endpoint that answers is
        /// served at once. So is a new one, if there are not too many of those that never answer.
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

        /// Endpoints that were proven and all stop answering at once delay others for one second at
        /// most.
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

        /// If only one endpoint can be served at a time, no organization has a second turn before
        /// every one had its first.
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
