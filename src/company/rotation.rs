//! The rules of rotating a company token: when it ends, and which token is its successor.
//!
//! The laws: an end never moves back; a token has at most one successor, always the same; tokens
//! derived from it stay valid.

use std::time::Duration;

use crate::base::{Timestamp, TokenId};
use crate::organization::Terms;

/// A company token that is to be rotated.
#[derive(Debug, Clone, Copy)]
pub struct Known {
    /// When it was issued.
    pub issued_at: Timestamp,
    /// When it expires; `None` if it has no expiry.
    pub expires_at: Option<Timestamp>,
    /// When it ends according to an entry of the feed; `None` if there is no such entry.
    pub ends_at: Option<Timestamp>,
    /// Its successor; `None` if it was not rotated.
    pub successor: Option<Successor>,
}

/// The successor of a rotated token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Successor {
    /// Its id.
    pub jti: TokenId,
    /// Whether it is valid.
    pub is_valid: bool,
}

/// The result of rotating a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// A successor is issued; the token ends at `end`.
    First {
        /// When the token ends.
        end: Timestamp,
    },
    /// The token was rotated before: its successor and its end stay the same.
    Again {
        /// The successor.
        successor: TokenId,
        /// When the token ends.
        end: Timestamp,
    },
    /// The token was rotated before, and its successor is revoked or expired. No other successor is
    /// issued: otherwise a thief with a token in its grace could undo the revocation of the
    /// successor.
    SuccessorInvalid,
    /// The token itself has expired.
    Expired,
}

impl Known {
    /// Returns the result of rotating the token at `now`. The token stays valid for the grace of the
    /// terms, or for `overlap` if that is shorter.
    #[must_use]
    pub fn rotate(&self, terms: &Terms, overlap: Option<Duration>, now: Timestamp) -> Step {
        let known = self.expires_at.into_iter().chain(self.ends_at).min();
        if known.is_some_and(|end| end <= now) {
            return Step::Expired;
        }
        let grace = overlap.map_or(terms.grace, |overlap| overlap.min(terms.grace));
        let end = known
            .into_iter()
            .chain(terms.end_unless_rotated(self.issued_at))
            .chain([now.whole_second().plus(grace)])
            .min()
            .unwrap_or(now);
        match self.successor {
            None => Step::First { end },
            Some(Successor {
                jti,
                is_valid: true,
            }) => Step::Again {
                successor: jti,
                end: self.ends_at.unwrap_or(end),
            },
            Some(Successor {
                is_valid: false, ..
            }) => Step::SuccessorInvalid,
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

    /// Returns the token as it is after a step.
    fn after(mut token: Known, step: Step) -> Known {
        if let Step::First { end } = step {
            token.ends_at = Some(end);
            token.successor = Some(Successor {
                jti: TokenId([1; 16]),
                is_valid: true,
            });
        }
        token
    }

    proptest! {
        #[test]
        fn one_successor_and_an_end_that_never_moves_back(
            expires_at in prop::option::of(1_001i64..1_300),
            calls in prop::collection::vec(
                (0u64..40_000_000, terms(), prop::option::of(0u64..120), prop::bool::weighted(0.1)), 1..12,
            ),
        ) {
            let mut token = Known {
                issued_at: ISSUED,
                expires_at: expires_at.map(Timestamp::from_seconds),
                ends_at: None,
                successor: None,
            };
            let (mut now, mut made, mut revoked) = (ISSUED, 0, false);
            let mut latest: Option<Timestamp> = None;
            for (passed, terms, overlap, revoke) in calls {
                let overlap = overlap.map(Duration::from_secs);
                now = now.plus(Duration::from_micros(passed));
                if let (true, Some(successor)) = (revoke, &mut token.successor) {
                    successor.is_valid = false;
                    revoked = true;
                }
                let step = token.rotate(&terms, overlap, now);
                match step {
                    Step::First { end } => {
                        made += 1;
                        prop_assert!(end <= now.plus(terms.grace));
                        prop_assert!(overlap.is_none_or(|overlap| end <= now.plus(overlap)));
                        prop_assert!(token.expires_at.is_none_or(|own| end <= own));
                        latest = Some(end);
                    }
                    Step::Again { successor, end } => {
                        prop_assert!(successor == TokenId([1; 16]) && !revoked && now < end);
                        prop_assert_eq!(Some(end), latest);
                    }
                    Step::SuccessorInvalid => prop_assert!(revoked),
                    Step::Expired => {
                        let end = latest.into_iter().chain(token.expires_at).min();
                        prop_assert!(end.is_some_and(|end| end <= now));
                    }
                }
                token = after(token, step);
            }
            prop_assert!(made <= 1);
        }
    }
}
