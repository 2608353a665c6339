//! Bad logins, counted: the first of a kind is written at once, the rest of its minute is one line more.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::Duration;

use parking_lot::Mutex;

use super::{Action, Actor, Event, Origin};
use crate::base::{OrganizationId, Timestamp};

/// How long bad logins of one kind are gathered into one line.
const WINDOW: Duration = Duration::from_mins(1);

/// Kinds held at once; beyond it, what cannot be told apart is told together.
const KINDS: usize = 1_024;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Like {
    organization: Option<OrganizationId>,
    address: Option<IpAddr>,
}

#[derive(Debug, Default)]
struct Gathered {
    since: Option<Timestamp>,
    untold: i64,
}

/// Counts bad logins by organization and address.
#[derive(Debug, Default)]
pub struct FailedLogins(Mutex<HashMap<Like, Gathered>>);

impl FailedLogins {
    /// Notes one bad login; the event to record now, if it is the first of its kind within the minute.
    pub fn note(
        &self,
        organization: Option<OrganizationId>,
        origin: &Origin,
        now: Timestamp,
    ) -> Option<Event> {
        let mut kinds = self.0.lock();
        let mut like = Like {
            organization,
            address: origin.address,
        };
        if kinds.len() >= KINDS && !kinds.contains_key(&like) {
            like = Like {
                organization: None,
                address: None,
            };
        }
        let gathered = kinds.entry(like).or_default();
        if gathered.since.is_some() {
            gathered.untold += 1;
            return None;
        }
        gathered.since = Some(now);
        let event = Event::new(Action::LoginFailed, Actor::Anonymous, now);
        Some(Event {
            organization,
            address: origin.address,
            request_id: origin.request_id.clone(),
            ..event
        })
    }

    /// The events of all minutes that have passed (of all, when `stopping`).
    pub fn due(&self, now: Timestamp, stopping: bool) -> Vec<Event> {
        let mut events = Vec::new();
        self.0.lock().retain(|like, gathered| {
            let open = gathered.since.is_some_and(|since| since.plus(WINDOW) > now);
            if open && !stopping {
                return true;
            }
            if gathered.untold > 0 {
                let event = Event::new(Action::LoginFailed, Actor::Anonymous, now);
                events.push(Event {
                    organization: like.organization,
                    address: like.address,
                    occurrences: gathered.untold,
                    ..event
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
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_bad_login_is_told_once(attempts in prop::collection::vec((0u8..4, 0i64..200), 0..300)) {
            let failed = FailedLogins::default();
            let mut seconds = 0;
            let mut told = 0;
            for (host, step) in &attempts {
                seconds += step;
                let now = Timestamp::from_seconds(seconds);
                told += failed.due(now, false).iter().map(|event| event.occurrences).sum::<i64>();
                let origin = Origin { actor: Actor::Anonymous, address: Some([127, 0, 0, *host].into()), request_id: None };
                told += failed.note(None, &origin, now).map_or(0, |event| event.occurrences);
            }
            told += failed.due(Timestamp::from_seconds(seconds), true).iter().map(|event| event.occurrences).sum::<i64>();
            prop_assert_eq!(told, i64::try_from(attempts.len()).unwrap());
        }
    }
}
