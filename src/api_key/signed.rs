//! Checks a signature: finds the key that it names, from memory if it is there, and judges it as a
//! text is judged.

use super::verify::{Question, Verified, VerifyError, judge_found};
use super::{KeyProof, Refused};
use crate::app::App;
use crate::base::{ApiKeyId, Digest};
use crate::db::Error;

/// What is presented in place of a text.
pub struct SignatureProof<'a> {
    /// The key that is named; `None` if no key can have the id.
    pub key: Option<ApiKeyId>,
    /// Whether the signature was made with a secret.
    pub is_made_with: &'a dyn Fn(&[u8]) -> bool,
    /// The text of a key that was sent beside the signature.
    pub text: Option<&'a str>,
}

/// Why a signature was not verified.
#[derive(Debug)]
pub enum SignedError {
    /// There is no such key, or the signature is not one of its secrets'. The two are the same to
    /// callers.
    Wrong,
    /// The text that was sent beside the signature is not one of the key's.
    OtherText,
    /// The key is refused, or could not be judged.
    Verify(VerifyError),
}

impl From<Error> for SignedError {
    fn from(error: Error) -> Self {
        Self::Verify(error.into())
    }
}

impl From<VerifyError> for SignedError {
    fn from(error: VerifyError) -> Self {
        Self::Verify(error)
    }
}

/// A secret that is no key's, as long as one.
const NOBODYS: &[u8; 46] = b"hs_live_00000000000000000000000000000000000000";

/// Checks a signature. Its refusal is noted if the signature is right: an id is not secret, so
/// anybody can send wrong ones. Its use is not noted, because it may be refused for its nonce.
///
/// # Errors
/// Returns the [`SignedError`].
pub async fn verify_signed(
    app: &App,
    proof: SignatureProof<'_>,
    question: &Question<'_>,
) -> Result<Verified, SignedError> {
    // Taken before the first record is read, as in `verify`.
    let lease = app.tokens.validator.take_lease();
    let found = match proof.key {
        None => None,
        Some(id) => {
            let by = (&app.db, &app.clock, app.metrics.as_ref());
            let masters = app.tokens.keys.masters();
            app.keys.known.find_signing(by, masters, id).await?
        }
    };
    let signing = found.filter(|key| key.stored.key.signing);
    let right = signing
        .as_ref()
        .and_then(|key| key.find(proof.is_made_with));
    if signing.is_none() {
        // The same work, so that the time does not show whether there is such a key.
        let _ = (proof.is_made_with)(NOBODYS);
    }
    let Some((key, ends_at)) = signing.zip(right) else {
        return Err(SignedError::Wrong);
    };
    let stored = key.stored.clone();
    let text = match proof.text {
        None => None,
        Some(text) => {
            let digest = Digest::of(text);
            Some(*stored.text(digest).ok_or(SignedError::OtherText)?)
        }
    };
    let proof = KeyProof::Signature { ends_at };
    let verified = judge_found(app, lease, Some(stored), proof, question).await?;
    let has_ended = |text: super::StoredText| text.ends_at.is_some_and(|end| end <= question.now);
    if text.is_some_and(has_ended) {
        return Err(SignedError::Verify(Refused::Expired.into()));
    }
    Ok(verified)
}
