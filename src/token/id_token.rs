//! The claims of an ID token (OpenID Connect Core, section 2). It is signed by RS256, with keys
//! that sign nothing else.

use std::borrow::Cow;

use aws_lc_rs::digest;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use crate::base::ClientId;

/// The payload. Instants are seconds since 1970. The claims that scopes add about the operator are
/// not here, but in the answer of userinfo.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdTokenClaims<'a> {
    /// `oauth.issuer`.
    #[serde(borrow)]
    pub iss: Cow<'a, str>,
    /// The operator's id as text.
    #[serde(borrow)]
    pub sub: Cow<'a, str>,
    /// The client.
    pub aud: ClientId,
    /// The client again.
    pub azp: ClientId,
    /// When it was issued.
    pub iat: i64,
    /// When it expires.
    pub exp: i64,
    /// When the operator signed in, also after a refresh.
    pub auth_time: i64,
    /// The `nonce` of the authorization request; absent after a refresh.
    #[serde(default, skip_serializing_if = "Option::is_none", borrow)]
    pub nonce: Option<Cow<'a, str>>,
    /// [`at_hash`] of the access token beside it.
    #[serde(borrow)]
    pub at_hash: Cow<'a, str>,
    /// How the operator signed in (RFC 8176): `pwd`, and `otp` with a second factor.
    pub amr: Vec<Cow<'a, str>>,
    /// The browser session; absent if there is none, as with a password grant.
    #[serde(default, skip_serializing_if = "Option::is_none", borrow)]
    pub sid: Option<Cow<'a, str>>,
}

/// Returns the left half of the SHA-256 of an access token, in base64url (OpenID Connect Core,
/// section 3.1.3.6).
#[must_use]
pub fn at_hash(access_token: &str) -> String {
    let digest = digest::digest(&digest::SHA256, access_token.as_bytes());
    URL_SAFE_NO_PAD.encode(digest.as_ref().get(..16).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_claims_of_a_sign_in() {
        let client: ClientId = "c1".parse().unwrap();
        let claims = IdTokenClaims {
            iss: "https://id.example.com".into(),
            sub: "31".into(),
            aud: client.clone(),
            azp: client,
            iat: 1_000,
            exp: 4_600,
            auth_time: 990,
            nonce: Some("n".into()),
            at_hash: "h".into(),
            amr: vec!["pwd".into(), "otp".into()],
            sid: Some("s".into()),
        };
        let expected = json!({
            "iss": "https://id.example.com", "sub": "31", "aud": "c1", "azp": "c1", "iat": 1000, "exp": 4600,
            "auth_time": 990, "nonce": "n", "at_hash": "h", "amr": ["pwd", "otp"], "sid": "s",
        });
        assert_eq!(serde_json::to_value(&claims).unwrap(), expected);
        let refreshed = IdTokenClaims {
            nonce: None,
            sid: None,
            ..claims
        };
        let value = serde_json::to_value(&refreshed).unwrap();
        assert!(value.get("nonce").is_none() && value.get("sid").is_none());
        let text = value.to_string();
        assert_eq!(
            serde_json::from_str::<IdTokenClaims<'_>>(&text).unwrap(),
            refreshed
        );
    }

    /// OpenID Connect Core, appendix A.3.
    #[test]
    fn the_hash_of_the_specifications_example() {
        assert_eq!(
            at_hash("jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y"),
            "77QmUPtjPfzWtF2AnpK9RQ"
        );
        assert_eq!(at_hash("").len(), 22);
    }
}
