//! A signed request whose key and signature are right: what is left is its body and its nonce.

use std::net::IpAddr;
use std::sync::Arc;

use super::{Presented, SignatureError, check_digest};
use crate::api_key::verify::{Question, Verified, note_use};
use crate::app::App;
use crate::authn::Refused;
use crate::base::Timestamp;
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
    nonce: Value,
    until: Timestamp,
    address: Option<IpAddr>,
    now: Timestamp,
}

impl Signed {
    pub(super) fn new(verified: Verified, presented: Presented, question: &Question<'_>) -> Self {
        let key = verified.stored.key.id.to_string();
        Self {
            nonce: Value::of(&[key.as_bytes(), presented.nonce.as_bytes()]),
            until: presented.until(),
            content_digest: presented.content_digest,
            verified: Arc::new(verified),
            address: question.address,
            now: question.now,
        }
    }

    /// Compares the digest with the body that came, then uses the nonce, and notes the use of the
    /// key. `body` is `None` where it is not read: then the receiver of the body compares it with
    /// [`Signed::content_digest`].
    ///
    /// # Errors
    /// Returns [`Refused::Signature`], [`Refused::Full`] or [`Refused::Unavailable`].
    pub async fn finish(&self, app: &App, body: Option<&[u8]>) -> Result<(), Refused> {
        if let Some(body) = body {
            self.check_body(body).map_err(Refused::Signature)?;
        }
        self.use_nonce(app).await?;
        let question = Question {
            asker: None,
            address: self.address,
            wanted: None,
            now: self.now,
        };
        note_use(app, &self.verified, &question);
        Ok(())
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
        let used = replay.once_together(&app.together, scope, self.nonce, self.until);
        match used.await {
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
