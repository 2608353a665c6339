//! ID tokens that come back as a hint (OpenID Connect Core, section 3.1.2.1; RP-Initiated Logout,
//! section 2). A hint is no credential: it only says which operator and which session are meant.

use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::Validator;
use crate::base::{ClientId, OperatorId, TokenId};
use crate::token::{IdTokenClaims, Purpose, parts};

/// The claims of an ID token that this service issued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdToken {
    /// The client that it was issued to.
    pub client: ClientId,
    /// The operator that signed in.
    pub operator: OperatorId,
    /// The browser session. `None` if the operator signed in without one.
    pub sid: Option<TokenId>,
}

impl Validator {
    /// Returns what an ID token says, expired or not. `None` if this service did not sign it, or if
    /// its key is no longer trusted.
    #[must_use]
    pub fn id_token(&self, text: &str) -> Option<IdToken> {
        let parts = parts(text).ok()?;
        let ring = self.ring();
        let (key, _) = ring.by_header(parts.header)?;
        let signature = parts.signature_bytes().ok()?;
        let fits = key.role().purpose == Purpose::IdTokens && key.is_trusted();
        if !fits || !key.verifying.verify(parts.message.as_bytes(), &signature) {
            return None;
        }
        let payload = URL_SAFE_NO_PAD.decode(parts.payload).ok()?;
        let claims: IdTokenClaims<'_> = serde_json::from_slice(&payload).ok()?;
        if self.oauth_issuer() != Some(&*claims.iss) {
            return None;
        }
        let sid = claims.sid.as_deref().map(TokenId::from_str);
        Some(IdToken {
            client: claims.aud,
            operator: OperatorId(claims.sub.parse().ok()?),
            sid: sid.and_then(Result::ok),
        })
    }
}
