//! Counts failed logins. The first of a kind is recorded at the next run of the job; the others of
//! the same minute are recorded in one more line.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;

use crate::audit::{Action, Actor, Event, Origin};
use crate::base::{Clock, OrganizationId};
use crate::usage::{Count, Usage};

/// How long failed logins of one kind are counted into one line.
const WINDOW: Duration = Duration::from_mins(1);

/// The largest number of kinds that are counted at once. Above it, all further failures are counted
/// together, without organization and address.
const KINDS: usize = 1_024;

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Like {
    action: Action,
    organization: Option<OrganizationId>,
    address: Option<IpAddr>,
    what: Option<What>,
}

/// What failed, and how: the target and the detail of the lines.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct What {
    /// The object, such as `wechat-app:ID`.
    pub target: String,
    /// The detail. Never a secret.
    pub detail: String,
}

impl Like {
    /// Adds what the failures have in common.
    fn describe(&self, event: Event) -> Event {
        let event = Event {
            organization: self.organization,
            ..event
        };
        match &self.what {
            Some(what) => event.target(&what.target).detail(&what.detail),
            None => event,
        }
    }
}

#[derive(Debug, Default)]
struct Gathered {
    /// When the first one came, in elapsed time of the clock.
    since: Duration,
    /// The first one; `None` if it is recorded.
    first: Option<Event>,
    /// The number of those that came after the first and are not recorded yet.
    unrecorded: i64,
}

/// Counts failed logins by kind of account, organization and address. Counting writes nothing to
/// the database, so the caller does not wait.
#[derive(Debug)]
pub struct FailedLogins {
    clock: Clock,
    usage: Arc<Usage>,
    kinds: Mutex<HashMap<Like, Gathered>>,
}

impl FailedLogins {
    /// Returns an empty counter that measures minutes on this clock. Those whose organization is known
    /// are counted in `usage` as well.
    #[must_use]
    pub fn new(clock: Clock, usage: Arc<Usage>) -> Self {
        Self {
            clock,
            usage,
            kinds: Mutex::default(),
        }
    }

    /// Counts one failed login.
    pub fn note(&self, action: Action, organization: Option<OrganizationId>, origin: &Origin) {
        if let Some(organization) = organization {
            self.usage.note(organization, Count::SignInRefused);
        }
        let like = Like {
            action,
            organization,
            address: origin.address,
            what: None,
        };
        self.count(like, origin);
    }

    /// Counts one failed login whose cause has nothing to do with the address. Those of all addresses
    /// are counted together.
    pub fn note_what(
        &self,
        action: Action,
        organization: OrganizationId,
        what: What,
        origin: &Origin,
    ) {
        let like = Like {
            action,
            organization: Some(organization),
            address: None,
            what: Some(what),
        };
        self.count(like, origin);
    }

    fn count(&self, mut like: Like, origin: &Origin) {
        let mut kinds = self.kinds.lock();
        if kinds.len() >= KINDS && !kinds.contains_key(&like) {
            like = Like {
                action: like.action,
                organization: None,
                address: None,
                what: None,
            };
        }
        if let Some(gathered) = kinds.get_mut(&like) {
            gathered.unrecorded += 1;
            return;
        }
        let event = Event::new(like.action, Actor::Anonymous, self.clock.now());
        let gathered = Gathered {
            since: self.clock.elapsed(),
            first: Some(Event {
                address: origin.address,
                request_id: origin.request_id.clone(),
                ..like.describe(event)
            }),
            unrecorded: 0,
        };
        kinds.insert(like, gathered);
    }

    /// Returns the events that are to be recorded now: the first of each kind, and the others of
    /// every minute that has passed (of all minutes if `stopping`).
    pub fn due(&self, stopping: bool) -> Vec<Event> {
        let (now, elapsed) = (self.clock.now(), self.clock.elapsed());
        let mut events = Vec::new();
        self.kinds.lock().retain(|like, gathered| {
            events.extend(gathered.first.take());
            if !stopping && elapsed < gathered.since + WINDOW {
                return true;
            }
            if gathered.unrecorded > 0 {
                let event = Event::new(like.action, Actor::Anonymous, now);
                events.push(Event {
                    address: like.address,
                    occurrences: gathered.unrecorded,
                    ..like.describe(event)
                });
            }
            false
        });
        events
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Timestamp;
    use crate::base::clock::ManualClock;
    use proptest::prelude::*;

    fn failed() -> (FailedLogins, ManualClock) {
        let hand = ManualClock::at(Timestamp::from_seconds(1_000_000));
        let clock = Clock::Manual(hand.clone());
        (FailedLogins::new(clock, Arc::default()), hand)
    }

    fn note(failed: &FailedLogins, host: u8) {
        let origin = Origin {
            actor: Actor::Anonymous,
            through: None,
            address: Some([127, 0, 0, host].into()),
            request_id: None,
        };
        failed.note(Action::LoginFailed, None, &origin);
    }

    #[test]
    fn a_wall_clock_that_is_set_lengthens_no_minute() {
        let (failed, hand) = failed();
        note(&failed, 1);
        note(&failed, 1);
        assert_eq!(failed.due(false).len(), 1, "the first is recorded at once");
        hand.jump(-86_400_000_000);
        hand.advance(WINDOW);
        assert_eq!(
            failed.due(false).len(),
            1,
            "the others are recorded after a minute"
        );
        note(&failed, 1);
        note(&failed, 1);
        hand.jump(2 * 86_400_000_000);
        assert_eq!(failed.due(false).len(), 1);
    }

    proptest! {
        #[test]
        fn every_bad_login_is_recorded_once(
            attempts in prop::collection::vec((0u8..4, 0u64..200, -100_000_000i64..100_000_000), 0..300),
        ) {
            let (failed, hand) = failed();
            let mut recorded = 0;
            for (host, step, jump) in &attempts {
                hand.advance(Duration::from_secs(*step));
                hand.jump(*jump);
                recorded += failed.due(false).iter().map(|event| event.occurrences).sum::<i64>();
                note(&failed, *host);
            }
            recorded += failed.due(true).iter().map(|event| event.occurrences).sum::<i64>();
            prop_assert_eq!(recorded, i64::try_from(attempts.len()).unwrap());
        }
    }
}
