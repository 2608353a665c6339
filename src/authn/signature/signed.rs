//! A signed request whose key and signature are right: what is left is its body and its nonce.

use std::net::IpAddr;
use std::sync::Arc;

use super::authenticate::refused;
use super::{Presented, SignatureError, check_digest};
use crate::api_key::verify::{Question, Verified, note_use};
use crate::api_key::{SignatureProof, verify_signed};
use crate::app::App;
use crate::authn::Refused;
use crate::db::Party;
use crate::replay::{Once, Purpose, ReplayError, Scope, Value};

/// A request whose signature is right. It is not admitted before [`Signed::finish`] has returned.
#[derive(Debug)]
pub struct Signed {
    /// The key.
    pub verified: Arc<Verified>,
    /// The covered value of `Content-Digest`. `None` if it is not covered: then there must be no
    /// body.
    pub content_digest: Option<String>,
    presented: Presented,
    nonce: Value,
    address: Option<IpAddr>,
}

impl Signed {
    pub(super) fn new(verified: Verified, presented: Presented, question: &Question<'_>) -> Self {
        let key = verified.stored.key.id.to_string();
        Self {
            nonce: Value::of(&[key.as_bytes(), presented.nonce.as_bytes()]),
            content_digest: presented.content_digest.clone(),
            presented,
            verified: Arc::new(verified),
            address: question.address,
        }
    }

    /// Compares the digest with the body that came, then uses the nonce, judges the key once more,
    /// because it may have been revoked meanwhile, and notes its use. `body` is `None` where it is not
    /// read: then the receiver of the body compares it with [`Signed::content_digest`].
    ///
    /// # Errors
    /// Returns the [`Refused`]. It is [`Refused::Stale`] if the key may do something else now.
    pub async fn finish(&self, app: &App, body: Option<&[u8]>) -> Result<(), Refused> {
        let checked = match body {
            Some(body) => self.check_body(body),
            None => self.check_form(),
        };
        checked.map_err(Refused::Signature)?;
        self.use_nonce(app).await?;
        let question = Question {
            asker: None,
            address: self.address,
            wanted: None,
            now: app.clock.now(),
        };
        let proof = SignatureProof {
            key: self.presented.key,
            is_made_with: &|secret| self.presented.is_made_with(secret),
            text: None,
        };
        let again = verify_signed(app, proof, &question).await;
        if again.map_err(refused)?.rights != self.verified.rights {
            // The caller has decided by the rights that it had.
            return Err(Refused::Stale);
        }
        note_use(app, &self.verified, &question);
        Ok(())
    }

    /// Checks that the digest can be compared with a body, which is elsewhere.
    fn check_form(&self) -> Result<(), SignatureError> {
        match self
            .content_digest
            .as_deref()
            .map(|value| check_digest(value, b""))
        {
            None | Some(Ok(()) | Err(SignatureError::Digest)) => Ok(()),
            Some(Err(why)) => Err(why),
        }
    }

    fn check_body(&self, body: &[u8]) -> Result<(), SignatureError> {
        match &self.content_digest {
            Some(value) => check_digest(value, body),
            None if body.is_empty() => Ok(()),
            // A chunked body: the head did not say that there is one.
            None => Err(SignatureError::NotCovered("content-digest")),
        }
    }

    async fn use_nonce(&self, app: &App) -> Result<(), Refused> {
        let organization = self.verified.stored.key.organization;
        Party::Organization(organization).enter();
        let scope = Scope {
            organization,
            purpose: Purpose::SignedRequest,
        };
        let replay = &app.tokens.replay;
        match replay.once(scope, self.nonce, self.presented.until()).await {
            Ok(Once::First) => Ok(()),
            Ok(Once::Again) | Err(ReplayError::Expired | ReplayError::TooFar) => {
                Err(Refused::Signature(SignatureError::Again))
            }
            Err(ReplayError::Full) => Err(Refused::Full),
            Err(ReplayError::Database(why)) => {
                tracing::warn!(%why, "a nonce could not be used");
                Err(Refused::Unavailable)
            }
        }
    }
}
