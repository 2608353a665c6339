//! Opaque access tokens, as bearer tokens (RFC 6750). Their records are in the database, and mostly
//! in memory; whether one is valid is judged by the feed's index like any other token.

use std::sync::Arc;

use super::dpop::ProofError;
use super::{Lookup, Outcome, Principal, Refused};
use crate::app::App;
use crate::base::Timestamp;
use crate::token::Claims;
use crate::validate::Refusal;

/// Looks a token up and judges it, and records its use if it is valid. `text` has the form of one
/// ([`crate::grant::is_opaque`]). A token that is bound to a key is no bearer token.
pub(super) fn look_up(app: &Arc<App>, text: &str, now: Timestamp) -> Lookup {
    let (app, text) = (Arc::clone(app), text.to_owned());
    Box::pin(async move {
        match judge(&app, &text, now).await {
            Ok((claims, None)) => {
                app.tokens.uses.note(&claims, now);
                Outcome::Principal(Principal::of_token(claims))
            }
            Ok((_, Some(_))) => Outcome::Refused(Refused::Dpop(ProofError::Unproven)),
            Err(refused) => Outcome::Refused(refused),
        }
    })
}

/// Returns the claims of a token that is valid, and the thumbprint of the key that it is bound to.
pub(super) async fn judge(
    app: &App,
    text: &str,
    now: Timestamp,
) -> Result<(Claims, Option<String>), Refused> {
    let validator = &app.tokens.validator;
    let issuer = validator.oauth_issuer().ok_or(Refused::Invalid)?;
    let lease = validator.take_lease();
    let tokens = &app.clients.opaque_tokens;
    let record = match tokens.find(&app.db, text, issuer).await {
        Ok(Some(record)) => record,
        Ok(None) => return Err(Refused::Invalid),
        Err(why) => {
            tracing::warn!(%why, "an opaque token could not be looked up");
            return Err(Refused::Unavailable);
        }
    };
    let bound = record.access.cnf.as_ref().map(|cnf| cnf.jkt.clone());
    let lineage = &record.access.ancestors;
    match validator.judge_with(lease, record.claims, lineage, now) {
        Ok(claims) => Ok((claims, bound)),
        Err(Refusal::Expired(_)) => Err(Refused::Expired),
        Err(Refusal::Invalid | Refusal::Revoked(_)) => Err(Refused::Invalid),
        Err(Refusal::Stale) => Err(Refused::Stale),
        Err(Refusal::Ahead(claims)) => Err(Refused::Ahead(claims.rev)),
    }
}
