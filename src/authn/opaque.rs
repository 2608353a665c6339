//! Opaque access tokens, as bearer tokens (RFC 6750). Their records are in the database, and mostly
//! in memory; whether one is valid is judged by the feed's index like any other token.

use std::sync::Arc;

use super::{Lookup, Outcome, Principal, Refused};
use crate::app::App;
use crate::base::Timestamp;
use crate::validate::Refusal;

/// Looks a token up and judges it, and records its use if it is valid. `text` has the form of one
/// ([`crate::grant::is_opaque`]).
pub(super) fn look_up(app: &Arc<App>, text: &str, now: Timestamp) -> Lookup {
    let (app, text) = (Arc::clone(app), text.to_owned());
    Box::pin(async move {
        let validator = &app.tokens.validator;
        let Some(issuer) = validator.oauth_issuer() else {
            return Outcome::Refused(Refused::Invalid);
        };
        let lease = validator.take_lease();
        let tokens = &app.clients.opaque_tokens;
        let record = match tokens.find(&app.db, &text, issuer).await {
            Ok(Some(record)) => record,
            Ok(None) => return Outcome::Refused(Refused::Invalid),
            Err(why) => {
                tracing::warn!(%why, "an opaque token could not be looked up");
                return Outcome::Refused(Refused::Unavailable);
            }
        };
        let lineage = &record.access.ancestors;
        match validator.judge_with(lease, record.claims, lineage, now) {
            Ok(claims) => {
                app.tokens.uses.note(&claims, now);
                Outcome::Principal(Principal::of_token(claims))
            }
            Err(Refusal::Expired(_)) => Outcome::Refused(Refused::Expired),
            Err(Refusal::Invalid | Refusal::Revoked(_)) => Outcome::Refused(Refused::Invalid),
            Err(Refusal::Stale) => Outcome::Refused(Refused::Stale),
            Err(Refusal::Ahead(claims)) => Outcome::Refused(Refused::Ahead(claims.rev)),
        }
    })
}
