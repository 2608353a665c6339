//! Tokens that this service signed, as bearer tokens (RFC 6750). They are judged from memory.

use super::{Outcome, Principal, Refused};
use crate::base::Timestamp;
use crate::ledger::Uses;
use crate::token::Kind;
use crate::validate::{Refusal, Validator};

/// Judges a token, and records its use if it is valid.
pub(super) fn authenticate(
    validator: &Validator,
    uses: &Uses,
    text: &str,
    now: Timestamp,
) -> Outcome {
    match validator.validate(text, now) {
        Ok(claims) => {
            uses.note(&claims, now);
            Outcome::Principal(Principal::of_token(claims))
        }
        Err(refusal) => Outcome::Refused(match refusal {
            Refusal::Invalid => Refused::Invalid,
            Refusal::Expired(_) => Refused::Expired,
            // By guide 002 a revoked token gets another status than an unknown one. The other
            // guides give both the same.
            Refusal::Revoked(claims) => match claims.kind() {
                Kind::Company | Kind::Operator => Refused::Revoked,
                Kind::Session | Kind::Access | Kind::Refresh => Refused::Invalid,
            },
            Refusal::Stale => Refused::Stale,
            Refusal::Ahead(claims) => Refused::Ahead(claims.rev),
        }),
    }
}
