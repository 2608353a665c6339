//! Rotating company tokens: when one is due, when it ends, what comes after it.
//!
//! The laws: an end never moves back; a token has one successor and never another; what derives from it stays.

use std::time::Duration;

use crate::base::{Timestamp, TokenId};

/// The terms of an organization: its own settings, the service's where it has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// How long after its issue a token is due.
    pub period: Duration,
    /// How long a token counts beside its successor; if terms are enforced, also how long one that is due still counts.
    pub grace: Duration,
    /// Since when these terms are enforced; none: they are not, and what is due lives on.
    pub enforced_since: Option<Timestamp>,
}

impl Terms {
    /// When a token issued at `issued_at` is due.
    #[must_use]
    pub fn due(&self, issued_at: Timestamp) -> Timestamp {
        issued_at.plus(self.period)
    }

    /// When a token ends that nobody rotates: a grace after it was due, but never sooner than a grace after the terms came
    /// into force, so that nobody is broken by a change of terms at once.
    #[must_use]
    pub fn end_unless_rotated(&self, issued_at: Timestamp) -> Option<Timestamp> {
        let since = self.enforced_since?;
        Some(self.due(issued_at).max(since).plus(self.grace))
    }
}

/// What is known of a company token that is to be rotated.
#[derive(Debug, Clone, Copy)]
pub struct Known {
    /// When it was issued.
    pub issued_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Option<Timestamp>,
    /// When it ends by an entry of the feed.
    pub ends_at: Option<Timestamp>,
    /// What came after it.
    pub successor: Option<Successor>,
}

/// What came after a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Successor {
    /// Its id.
    pub jti: TokenId,
    /// Whether it still counts.
    pub counts: bool,
}

/// What rotating comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// A successor is made; the token ends at `end`.
    First {
        /// When the token ends.
        end: Timestamp,
    },
    /// It was rotated before: the same successor, the same end.
    Again {
        /// The successor.
        successor: TokenId,
        /// When the token ends.
        end: Timestamp,
    },
    /// It was rotated before, and its successor is revoked or over. Another one would undo that: who holds a token in its grace
    /// could make itself immortal again.
    SuccessorInvalid,
    /// The token itself is over.
    Expired,
}

impl Known {
    /// What rotating it at `now` comes to.
    #[must_use]
    pub fn rotate(&self, terms: &Terms, now: Timestamp) -> Step {
        let known = self.expires_at.into_iter().chain(self.ends_at).min();
        if known.is_some_and(|end| end <= now) {
            return Step::Expired;
        }
        let end = known
            .into_iter()
            .chain(terms.end_unless_rotated(self.issued_at))
            .chain([now.whole_second().plus(terms.grace)])
            .min()
            .unwrap_or(now);
        match self.successor {
            None => Step::First { end },
            Some(Successor { jti, counts: true }) => Step::Again {
                successor: jti,
                end: self.ends_at.unwrap_or(end),
            },
            Some(Successor { counts: false, .. }) => Step::SuccessorInvalid,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ISSUED: Timestamp = Timestamp::from_seconds(1_000);

    fn terms() -> impl Strategy<Value = Terms> {
        (1u64..100, 0u64..100, prop::option::of(1_000i64..1_200)).prop_map(
            |(period, grace, since)| Terms {
                period: Duration::from_secs(period),
                grace: Duration::from_secs(grace),
                enforced_since: since.map(Timestamp::from_seconds),
            },
        )
    }

    /// A token as it is after a step.
    fn after(mut token: Known, step: Step) -> Known {
        if let Step::First { end } = step {
            token.ends_at = Some(end);
            token.successor = Some(Successor {
                jti: TokenId([1; 16]),
                counts: true,
            });
        }
        token
    }

    proptest! {
        #[test]
        fn one_successor_and_an_end_that_never_moves_back(
            expires_at in prop::option::of(1_001i64..1_300),
            calls in prop::collection::vec((0u64..40_000_000, terms(), prop::bool::weighted(0.1)), 1..12),
        ) {
            let mut token = Known {
                issued_at: ISSUED,
                expires_at: expires_at.map(Timestamp::from_seconds),
                ends_at: None,
                successor: None,
            };
            let (mut now, mut made, mut killed) = (ISSUED, 0, false);
            let mut latest: Option<Timestamp> = None;
            for (passed, terms, kill) in calls {
                now = now.plus(Duration::from_micros(passed));
                if let (true, Some(successor)) = (kill, &mut token.successor) {
                    successor.counts = false;
                    killed = true;
                }
                let step = token.rotate(&terms, now);
                match step {
                    Step::First { end } => {
                        made += 1;
                        prop_assert!(end <= now.plus(terms.grace));
                        prop_assert!(token.expires_at.is_none_or(|own| end <= own));
                        latest = Some(end);
                    }
                    Step::Again { successor, end } => {
                        prop_assert!(successor == TokenId([1; 16]) && !killed && now < end);
                        prop_assert_eq!(Some(end), latest);
                    }
                    Step::SuccessorInvalid => prop_assert!(killed),
                    Step::Expired => {
                        let end = latest.into_iter().chain(token.expires_at).min();
                        prop_assert!(end.is_some_and(|end| end <= now));
                    }
                }
                token = after(token, step);
            }
            prop_assert!(made <= 1);
        }

        #[test]
        fn enforcing_gives_everyone_a_grace(terms in terms(), age in 0i64..500) {
            let issued_at = Timestamp::from_seconds(1_000 + age);
            let Some(since) = terms.enforced_since else {
                prop_assert_eq!(terms.end_unless_rotated(issued_at), None);
                return Ok(());
            };
            let end = terms.end_unless_rotated(issued_at).unwrap();
            let grace_from = |start: Timestamp| start.plus(terms.grace);
            prop_assert!(end >= grace_from(since) && end >= grace_from(terms.due(issued_at)));
            prop_assert!(end == grace_from(since) || end == grace_from(terms.due(issued_at)));
        }
    }
}
