//! API keys, as bearer credentials or in `X-API-Key` (guides 000, 004). Their records are mostly in
//! memory.

use std::net::IpAddr;
use std::sync::Arc;

use super::signature::SignatureError;
use super::{Lookup, Outcome, Refused};
use crate::api_key::verify::{Question, VerifyError, verify};
use crate::api_key::{self, KeyUse};
use crate::app::App;
use crate::base::Timestamp;

/// Looks a key up and judges it. If it is valid, its use is noted as `key_use` says. `text` begins
/// as a key does ([`crate::api_key::text::begins_as_key`]).
pub(super) fn look_up(
    app: &Arc<App>,
    text: &str,
    address: IpAddr,
    key_use: KeyUse,
    now: Timestamp,
) -> Lookup {
    let (app, text) = (Arc::clone(app), text.to_owned());
    Box::pin(async move {
        let question = Question {
            asker: None,
            address: Some(address),
            wanted: None,
            now,
        };
        match verify(&app, &text, question, key_use).await {
            Ok(verified) => Outcome::ApiKey(Arc::new(verified)),
            Err(VerifyError::Refused(api_key::Refused::Expired)) => {
                Outcome::Refused(Refused::Expired)
            }
            // Who has the whole text may know that.
            Err(VerifyError::Refused(api_key::Refused::SignatureRequired)) => {
                Outcome::Refused(Refused::Signature(SignatureError::Required))
            }
            // Which of the others it is, only the owner of the key may know.
            Err(VerifyError::Refused(_)) => Outcome::Refused(Refused::Invalid),
            Err(VerifyError::Stale) => Outcome::Refused(Refused::Stale),
            Err(VerifyError::Database(why)) => {
                tracing::warn!(%why, "an API key could not be looked up");
                Outcome::Refused(Refused::Unavailable)
            }
        }
    })
}
