//! The rules that refuse a token, in words.

use crate::ledger::{Reason, Why};
use crate::token::Kind;

/// What happened, without the instant.
pub(super) fn rule(reason: Reason) -> &'static str {
    match reason {
        Reason::Token => "it was revoked",
        Reason::CompanyToken => "its company token was revoked, with all that derives from it",
        Reason::Operator => "all tokens of its operator were revoked",
        Reason::Organization => "all tokens of its organization were revoked",
        Reason::Expiry => "its time is over",
        Reason::Rotation => "it was rotated, or was due for rotation, and its grace is over",
        Reason::Key => "the key that signed it was revoked",
        Reason::RetiredKey => "the key that signed it is retired",
        Reason::Clock => "it was issued by a clock that was ahead of this one",
    }
}

/// The rule and since when it refuses the token.
pub(super) fn rule_since(why: &Why) -> String {
    match (why.reason, why.since) {
        (reason, None) => rule(reason).to_owned(),
        (reason, Some(since)) => format!("{}, at {since}", rule(reason)),
    }
}

/// What whoever holds the token can do.
pub(super) fn remedy(reason: Reason, kind: Kind) -> &'static str {
    match (reason, kind) {
        (Reason::Token | Reason::Expiry | Reason::Key | Reason::RetiredKey, Kind::Operator) => {
            "ask for a new operator token"
        }
        (Reason::Clock, _) => "set the clocks of all nodes right, then ask for a new token",
        (Reason::Operator, _) => {
            "ask for a new operator token; an operator that is not active gets none"
        }
        (Reason::CompanyToken, Kind::Operator) => {
            "log in, and ask for a new operator token with the new company token"
        }
        (Reason::Organization, _) => {
            "log in for a new company token; an organization that is suspended cannot"
        }
        (Reason::Rotation, _) => "use its successor, or log in for a new company token",
        (_, Kind::Company) => "log in for a new company token",
    }
}
