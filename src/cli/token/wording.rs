//! The texts for the rules that refuse a token.

use crate::feed::TargetKind;
use crate::ledger::{Reason, Why};
use crate::token::Kind;

/// Returns the rule as a text, without the instant.
pub(super) fn rule(reason: Reason) -> &'static str {
    match reason {
        Reason::Revoked(TargetKind::Token) => "it was revoked",
        Reason::Revoked(TargetKind::CompanyToken) => {
            "it, or the company token or session that it comes from, was revoked"
        }
        Reason::Revoked(TargetKind::Operator) => "all tokens of its operator were revoked",
        Reason::Revoked(TargetKind::Organization) => "all tokens of its organization were revoked",
        Reason::Revoked(TargetKind::Key) => "the key that signed it was revoked",
        Reason::Revoked(TargetKind::Client) => "all tokens of its OAuth client were revoked",
        Reason::Revoked(TargetKind::ApiKey) => "the API key was revoked",
        Reason::Revoked(TargetKind::Grant) => "the grant that it follows from was revoked",
        Reason::Revoked(TargetKind::Session) => "the session was ended",
        Reason::Revoked(TargetKind::Sessions) => "all sessions of its operator were ended",
        Reason::Expiry => "it has expired",
        Reason::Rotation => {
            "it was rotated or retired, or was due for rotation, and its end has come"
        }
        Reason::SessionEnded => "its person has signed out, or it was ended or unused for too long",
        Reason::RetiredKey => "the key that signed it is retired",
        Reason::Clock => "it was issued by a clock that was ahead of this one",
    }
}

/// Returns the rule, and since when it refuses the token.
pub(super) fn rule_since(why: &Why) -> String {
    match (why.reason, why.since) {
        (reason, None) => rule(reason).to_owned(),
        (reason, Some(since)) => format!("{}, at {since}", rule(reason)),
    }
}

/// Returns what the holder of the token can do.
pub(super) fn remedy(reason: Reason, kind: Kind) -> &'static str {
    match (reason, kind) {
        (Reason::Clock, _) => "set the clocks of all nodes right, then ask for a new token",
        (Reason::Revoked(TargetKind::Operator), _) => {
            "ask for a new operator token; an operator that is not active gets none"
        }
        (Reason::Revoked(TargetKind::CompanyToken), Kind::Operator) => {
            "log in, and ask for a new operator token with the new company token"
        }
        (Reason::Revoked(TargetKind::Organization), _) => {
            "log in to get a new company token; an organization that is suspended cannot"
        }
        (_, Kind::Session) => "log in again at /auth/login",
        (_, Kind::Console) => "sign in to the console again",
        (Reason::Revoked(TargetKind::Grant), _) | (_, Kind::Refresh) => {
            "let the operator sign in at the client again"
        }
        (_, Kind::Access) => "ask for a new access token; a client that is disabled gets none",
        (Reason::Rotation, _) => "use its successor, or log in to get a new company token",
        (_, Kind::Operator) => "ask for a new operator token",
        (_, Kind::Company) => "log in to get a new company token",
    }
}
