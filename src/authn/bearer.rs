//! Tokens that this service signed, as bearer tokens (RFC 6750). They are judged from memory.

use super::dpop::ProofError;
use super::{Authenticator, Outcome, Principal, Refused};
use crate::app::App;
use crate::base::Timestamp;
use crate::token::{Claims, Kind};
use crate::validate::{Refusal, Validator};

/// Judges a token, and records its use if it is valid. A token that is bound to a key is no bearer
/// token.
pub(super) fn authenticate(by: Authenticator<'_>, text: &str, now: Timestamp) -> Outcome {
    let claims = match judge(by.validator, text, now) {
        Ok(claims) => claims,
        Err(refused) => return Outcome::Refused(refused),
    };
    match bound_to(by.app, text, &claims) {
        Ok(None) => {
            by.uses.note(&claims, now);
            Outcome::Principal(Principal::of_token(claims))
        }
        Ok(Some(_)) => Outcome::Refused(Refused::Dpop(ProofError::Unproven)),
        Err(refused) => Outcome::Refused(refused),
    }
}

/// Returns the claims of a token that is valid, whether it is bound to a key or not.
pub(super) fn judge(validator: &Validator, text: &str, now: Timestamp) -> Result<Claims, Refused> {
    validator
        .validate(text, now)
        .map_err(|refusal| match refusal {
            Refusal::Invalid => Refused::Invalid,
            Refusal::Expired(_) => Refused::Expired,
            // By guide 002 a revoked token gets another status than an unknown one. The other guides
            // give both the same.
            Refusal::Revoked(claims) => match claims.kind() {
                Kind::Company | Kind::Operator => Refused::Revoked,
                Kind::Session | Kind::Access | Kind::Refresh | Kind::Console => Refused::Invalid,
            },
            Refusal::Stale => Refused::Stale,
            Refusal::Ahead(claims) => Refused::Ahead(claims.rev),
        })
}

/// Returns the thumbprint of the key that a valid token is bound to. `None` if it is bound to none.
pub(super) fn bound_to(app: &App, text: &str, claims: &Claims) -> Result<Option<String>, Refused> {
    if claims.kind() != Kind::Access {
        return Ok(None);
    }
    let access = app.clients.known_tokens.read(claims.jti, text);
    let access = access.map_err(|_| Refused::Invalid)?;
    Ok(access.cnf.as_ref().map(|cnf| cnf.jkt.clone()))
}
