//! Rotation in the ledger: which company tokens there are, which were not rotated yet, and the
//! successors of those that were.

mod store;

pub(super) use store::company_tokens;
pub use store::{describe, end, hand_over, issued_in, label, report_due, unrotated};

use super::{Line, Record};
use crate::base::{OrganizationId, Seek, TimeKey, Timestamp, TokenId};

/// The rotation of a company token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Handover {
    /// The token that replaces it.
    pub successor: TokenId,
    /// When it was rotated.
    pub at: Timestamp,
}

/// Whether a rotated company token is still needed, according to the recorded uses. Nodes write uses
/// to the database every minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retirement {
    /// Its successor is used, and it was not used since it was rotated, or since its successor was
    /// first used.
    Safe,
    /// It was not used since it was rotated, but neither was its successor.
    SuccessorUnused,
    /// It was used since.
    InUse,
}

impl Line {
    /// Returns whether a rotated token is still needed. `successor_used` is when its successor was
    /// first used; `None` if it was not. Returns `None` if the token was not rotated.
    #[must_use]
    pub fn retirement(&self, successor_used: Option<Timestamp>) -> Option<Retirement> {
        let Handover { at, .. } = self.handover?;
        // Rotating with a token is a use of it.
        let unused = self.last_used_at.is_none_or(|used| used <= at);
        let before = |first: Timestamp| self.last_used_at.is_some_and(|used| used < first);
        Some(match successor_used {
            Some(first) if unused || before(first) => Retirement::Safe,
            None if unused => Retirement::SuccessorUnused,
            _ => Retirement::InUse,
        })
    }
}

/// Which company tokens to read. The oldest come first.
#[derive(Debug, Clone, Copy)]
pub struct Unrotated {
    /// The organization.
    pub organization: OrganizationId,
    /// Only tokens issued at this time or before.
    pub issued_by: Timestamp,
    /// Only tokens after this one.
    pub after: Option<(Timestamp, TokenId)>,
    /// At most this many tokens.
    pub limit: i64,
}

/// The key of the list of company tokens, which is ordered by the time of issue.
pub type Key = TimeKey<TokenId>;

/// Returns the key of a company token.
#[must_use]
pub const fn key_of(record: &Record) -> Key {
    let claims = &record.line.claims;
    TimeKey {
        at: claims.issued_at,
        id: claims.jti,
    }
}

/// Which company tokens to read. The list begins with the newest.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    /// The organization.
    pub organization: OrganizationId,
    /// Only tokens that were issued at this time or before and were not rotated; `None` for all.
    pub unrotated_since: Option<Timestamp>,
    /// Where the page is.
    pub seek: Seek<Key>,
    /// At most this many tokens.
    pub limit: i64,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Sequence;
    use crate::token::{Claims, TokenUse};
    use proptest::prelude::*;

    fn line(rotated: i64, used: Option<i64>) -> Line {
        Line {
            claims: Claims {
                jti: TokenId([1; 16]),
                organization: OrganizationId(1),
                rev: Sequence(0),
                issued_at: Timestamp::from_seconds(0),
                token_use: TokenUse::Company { expires_at: None },
            },
            client: None,
            parent: None,
            label: None,
            last_used_at: used.map(Timestamp::from_seconds),
            ends_at: None,
            handover: Some(Handover {
                successor: TokenId([2; 16]),
                at: Timestamp::from_seconds(rotated),
            }),
        }
    }

    proptest! {
        #[test]
        fn a_token_that_was_used_after_its_successor_is_in_use(
            rotated in 0i64..100, used in prop::option::of(0i64..300), first in prop::option::of(0i64..300),
        ) {
            let first = first.map(|after| rotated + after);
            let verdict = line(rotated, used).retirement(first.map(Timestamp::from_seconds)).unwrap();
            let used_since = |at: i64| used.is_some_and(|used| used > at);
            prop_assert_eq!(verdict == Retirement::SuccessorUnused, first.is_none() && !used_since(rotated));
            if let Some(first) = first {
                let safe = !used_since(rotated) || !used_since(first - 1);
                prop_assert_eq!(verdict == Retirement::Safe, safe);
            }
        }
    }

    #[test]
    fn a_token_that_was_not_rotated_is_not_judged() {
        let line = Line {
            handover: None,
            ..line(0, None)
        };
        assert_eq!(line.retirement(Some(Timestamp::from_seconds(1))), None);
    }
}
