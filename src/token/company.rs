//! The payload of a company token.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::claims::{Times, present};
use super::{Claims, Kind, TokenUse};
use crate::base::{OrganizationId, Sequence, Timestamp, TokenId};

/// The JSON of the payload: registered claims (RFC 7519, 4.1) and the product's own, in the order
/// in which they are written.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Payload<'a> {
    #[serde(borrow)]
    iss: Cow<'a, str>,
    /// The organization's id, as text.
    #[serde(borrow)]
    sub: Cow<'a, str>,
    organization_id: OrganizationId,
    jti: TokenId,
    rev: Sequence,
    iat: i64,
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    exp: Option<i64>,
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    nbf: Option<i64>,
    #[serde(borrow)]
    token_use: Cow<'a, str>,
}

impl<'a> Payload<'a> {
    /// Returns the payload for these claims. The token expires at `expires_at`. `None` if it never
    /// expires.
    pub(super) fn new(claims: &Claims, expires_at: Option<Timestamp>, issuer: &'a str) -> Self {
        Self {
            iss: Cow::Borrowed(issuer),
            sub: Cow::Owned(claims.organization.to_string()),
            organization_id: claims.organization,
            jti: claims.jti,
            rev: claims.rev,
            iat: claims.issued_at.as_seconds(),
            exp: expires_at.map(Timestamp::as_seconds),
            nbf: None,
            token_use: Cow::Borrowed(Kind::Company.as_str()),
        }
    }

    /// Returns the typed claims. `None` if the members contradict each other, or another issuer
    /// signed them.
    pub(super) fn claims(&self, issuer: &str) -> Option<Claims> {
        let times = Times::of(self.iat, self.exp, self.nbf)?;
        let fits = self.token_use == Kind::Company.as_str()
            && self.iss == issuer
            && self.sub == self.organization_id.to_string();
        fits.then_some(Claims {
            jti: self.jti,
            organization: self.organization_id,
            rev: self.rev,
            issued_at: times.issued_at,
            token_use: TokenUse::Company {
                expires_at: times.expires_at,
            },
        })
    }
}
