//! Judges the signature of a request: form, time, key and signature.

use std::sync::Arc;

use super::{Message, Presented, SignatureError, Signed, read};
use crate::api_key::text::begins_as_key;
use crate::api_key::verify::{Question, VerifyError};
use crate::api_key::{self, SignatureProof, SignedError, verify_signed};
use crate::app::App;
use crate::authn::{Answer, Authenticator, Headers, Outcome, Refused, Scheme, presented};
use crate::base::Timestamp;

/// Judges the signature of a request. `None` if it has none of a key of this service: then its
/// credential is looked for elsewhere ([`crate::authn::authenticate`]).
pub fn authenticate(
    by: Authenticator<'_>,
    message: &Message<'_>,
    headers: &impl Headers,
    now: Timestamp,
) -> Option<Answer> {
    let answer = |refused| Some(Answer::Ready(Outcome::Refused(refused)));
    let signature = match read(message) {
        Ok(None) => return None,
        Ok(Some(signature)) => signature,
        Err(error) => return answer(Refused::Signature(error)),
    };
    let beside = match presented(headers) {
        Ok(None) => None,
        Ok(Some(other)) if other.scheme == Scheme::Bearer && begins_as_key(other.text) => {
            Some(other.text.to_owned())
        }
        Ok(Some(_)) => return answer(Refused::Ambiguous),
        Err(why) => return answer(why),
    };
    if let Err(error) = signature.check_time(now) {
        return answer(Refused::Signature(error));
    }
    let (app, address) = (Arc::clone(by.app), (by.address)());
    Some(Answer::Lookup(Box::pin(async move {
        let question = Question {
            asker: None,
            address: Some(address),
            wanted: None,
            now,
        };
        match judge(&app, signature, beside.as_deref(), &question).await {
            Ok(signed) => Outcome::Signed(Arc::new(signed)),
            Err(refused) => Outcome::Refused(refused),
        }
    })))
}

async fn judge(
    app: &App,
    signature: Presented,
    text: Option<&str>,
    question: &Question<'_>,
) -> Result<Signed, Refused> {
    let proof = SignatureProof {
        key: signature.key,
        is_made_with: &|secret| signature.is_made_with(secret),
        text,
    };
    match verify_signed(app, proof, question).await {
        Ok(verified) => Ok(Signed::new(verified, signature, question)),
        Err(error) => Err(refused(error)),
    }
}

/// Returns what the caller learns of a refused signature.
pub(super) fn refused(error: SignedError) -> Refused {
    match error {
        SignedError::Wrong => Refused::Signature(SignatureError::Wrong),
        SignedError::OtherText => Refused::Ambiguous,
        SignedError::Verify(error) => match error {
            VerifyError::Refused(api_key::Refused::Expired) => Refused::Expired,
            // Which of the others it is, only the owner of the key may know.
            VerifyError::Refused(_) => Refused::Invalid,
            VerifyError::Stale => Refused::Stale,
            VerifyError::Database(why) => {
                tracing::warn!(%why, "the key of a signature could not be looked up");
                Refused::Unavailable
            }
        },
    }
}
