//! The payload of a session: the token of `/auth/login` (guide 000).

use std::borrow::Cow;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::claims::{Times, present};
use super::{Claims, Kind, TokenUse};
use crate::base::words::words;
use crate::base::{OperatorId, OrganizationId, Sequence, TokenId};

/// How long a session is valid (guide 000).
pub const SESSION_LIFETIME: Duration = Duration::from_hours(1);

/// The longest life of a browser session, which has no text: the limit of
/// `oauth.session_lifetime`.
pub const BROWSER_SESSION_LIMIT: Duration = Duration::from_hours(24 * 30);

/// The longest life of a console session: the limit of `console.session_lifetime`.
pub const CONSOLE_SESSION_LIMIT: Duration = Duration::from_hours(24 * 7);

words! {
    /// How the operator of a session signed in.
    pub enum SessionVia {
        /// With a name and a password.
        Password = "password",
        /// With WeChat. Such a session manages nothing, whatever the role of its operator is.
        WeChat = "wechat",
    }
}

/// The JSON of the payload: guide 000's members and the product's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SessionClaims<'a> {
    /// `tokens.issuer`.
    #[serde(borrow)]
    pub iss: Cow<'a, str>,
    /// `user_` and the operator's id.
    #[serde(borrow)]
    pub sub: Cow<'a, str>,
    /// The operator's email address. `null` if it has none.
    #[serde(borrow)]
    pub email: Option<Cow<'a, str>>,
    /// The operator's role. `null` if it has none.
    #[serde(borrow)]
    pub role: Option<Cow<'a, str>>,
    /// The operator's tier. `null` if it has none.
    #[serde(borrow)]
    pub tier: Option<Cow<'a, str>>,
    /// The organization.
    pub organization_id: OrganizationId,
    /// The operator.
    pub operator_id: OperatorId,
    /// The id of the session.
    pub jti: TokenId,
    /// The sequence of the feed that the issuing node had applied.
    pub rev: Sequence,
    /// When it was issued (seconds).
    pub iat: i64,
    /// When it expires (seconds).
    pub exp: i64,
    /// How the operator signed in. It is absent for a name and a password.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "present"
    )]
    pub via: Option<SessionVia>,
    /// `session`.
    #[serde(borrow)]
    pub token_use: Cow<'a, str>,
}

impl SessionClaims<'_> {
    /// Returns `sub` (guide 000).
    #[must_use]
    pub fn subject(operator: OperatorId) -> String {
        format!("user_{operator}")
    }

    /// Returns the claims that decide whether the session is valid. `None` if the members
    /// contradict each other, or another issuer signed them.
    #[must_use]
    pub fn claims(&self, issuer: &str) -> Option<Claims> {
        let times = Times::of(self.iat, Some(self.exp), None)?;
        let latest = times.issued_at.plus(SESSION_LIFETIME);
        let expires_at = times.expires_at.filter(|end| *end <= latest)?;
        let fits = self.token_use == Kind::Session.as_str()
            && self.iss == issuer
            && self.sub == Self::subject(self.operator_id);
        fits.then_some(Claims {
            jti: self.jti,
            organization: self.organization_id,
            rev: self.rev,
            issued_at: times.issued_at,
            token_use: TokenUse::Session {
                operator: self.operator_id,
                expires_at,
                via: self.via.unwrap_or(SessionVia::Password),
            },
        })
    }
}
