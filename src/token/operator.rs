//! The payload of an operator token.

use std::borrow::Cow;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::claims::{Times, present};
use super::{Actor, Claims, Kind, TokenUse};
use crate::base::{OperatorId, OrganizationId, Sequence, Timestamp, TokenId};

/// The longest life of an operator token (guide 002).
pub const OPERATOR_TOKEN_LIMIT: Duration = Duration::from_hours(24);

/// The JSON of the payload: registered claims (RFC 7519, 4.1) and the product's own, in the order
/// in which they are written.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Payload<'a> {
    #[serde(borrow)]
    iss: Cow<'a, str>,
    /// The operator's id, as text.
    #[serde(borrow)]
    sub: Cow<'a, str>,
    organization_id: OrganizationId,
    operator_id: OperatorId,
    jti: TokenId,
    /// The company token that it was requested with.
    parent: TokenId,
    rev: Sequence,
    iat: i64,
    exp: i64,
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    nbf: Option<i64>,
    /// Who acts for the operator, after a token exchange.
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    act: Option<Cow<'a, Actor>>,
    #[serde(borrow)]
    token_use: Cow<'a, str>,
}

impl<'a> Payload<'a> {
    /// Returns the payload for these claims of an operator token.
    pub(super) fn new(
        claims: &Claims,
        (operator, parent): (OperatorId, TokenId),
        expires_at: Timestamp,
        issuer: &'a str,
    ) -> Self {
        Self {
            iss: Cow::Borrowed(issuer),
            sub: Cow::Owned(operator.to_string()),
            organization_id: claims.organization,
            operator_id: operator,
            jti: claims.jti,
            parent,
            rev: claims.rev,
            iat: claims.issued_at.as_seconds(),
            exp: expires_at.as_seconds(),
            nbf: None,
            act: None,
            token_use: Cow::Borrowed(Kind::Operator.as_str()),
        }
    }

    /// Returns the payload with who acts for the operator, if the token was exchanged.
    pub(super) fn acted_by(self, act: Option<&'a Actor>) -> Self {
        Self {
            act: act.map(Cow::Borrowed),
            ..self
        }
    }

    /// Returns the typed claims. `None` if the members contradict each other, or another issuer
    /// signed them.
    pub(super) fn claims(&self, issuer: &str) -> Option<Claims> {
        let times = Times::of(self.iat, Some(self.exp), self.nbf)?;
        // A token that was signed by a wrong clock lives no longer than one that was signed by a
        // right clock.
        let latest = times.issued_at.plus(OPERATOR_TOKEN_LIMIT);
        let expires_at = times.expires_at.filter(|end| *end <= latest)?;
        let fits = self.token_use == Kind::Operator.as_str()
            && self.iss == issuer
            && self.sub == self.operator_id.to_string();
        fits.then_some(Claims {
            jti: self.jti,
            organization: self.organization_id,
            rev: self.rev,
            issued_at: times.issued_at,
            token_use: TokenUse::Operator {
                operator: self.operator_id,
                parent: self.parent,
                expires_at,
            },
        })
    }
}

/// Returns who acts for the operator by a payload whose signature was checked. `None` if the token
/// was not exchanged.
#[must_use]
pub fn actor_of(json: &[u8]) -> Option<Actor> {
    let payload = serde_json::from_slice::<Payload<'_>>(json).ok()?;
    payload.act.map(Cow::into_owned)
}
