//! The answer of introspection (RFC 7662, section 2.2).

use std::borrow::Cow;
use std::sync::Arc;

use serde::Serialize;

use crate::base::{ClientId, OperatorId, OrganizationId, TokenId};
use crate::grant::KnownAccess;
use crate::token::{AccessClaims, Actor, Audience, Confirmation, Kind};

/// The answer. Members that a token does not have are left out.
#[derive(Debug, Clone, PartialEq)]
pub enum Introspection {
    /// The answer about everything that is not active, or that the caller may not know.
    Inactive,
    /// An access token.
    Access {
        /// What it says.
        access: Arc<KnownAccess>,
        /// What is true now of the operator behind it. `None` if a client acts for itself.
        now: Option<Now>,
    },
    /// Another token.
    Other(Box<Described<'static>>),
}

/// What is true now of the operator behind an access token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Now {
    /// The scopes that are in force. `None` if there are none.
    pub scope: Option<String>,
    /// The name that the operator signs in with.
    pub username: Option<String>,
}

/// What an active token is.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Described<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) scope: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) client_id: Option<Cow<'a, ClientId>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) username: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) token_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) exp: Option<i64>,
    pub(super) iat: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) nbf: Option<i64>,
    pub(super) sub: Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) aud: Option<&'a Audience>,
    pub(super) iss: Cow<'a, str>,
    pub(super) jti: TokenId,
    pub(super) token_use: Kind,
    pub(super) organization_id: OrganizationId,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) operator_id: Option<OperatorId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) cnf: Option<&'a Confirmation>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) act: Option<Cow<'a, Actor>>,
}

impl<'a> Described<'a> {
    fn of(access: &'a AccessClaims<'_>, scope: Option<&'a str>, username: Option<&'a str>) -> Self {
        Self {
            scope: scope.map(Cow::Borrowed),
            client_id: Some(Cow::Borrowed(&access.client_id)),
            username: username.map(Cow::Borrowed),
            token_type: Some(if access.cnf.is_some() {
                "DPoP"
            } else {
                "Bearer"
            }),
            exp: Some(access.exp),
            iat: access.iat,
            nbf: Some(access.nbf),
            sub: Cow::Borrowed(&access.sub),
            aud: Some(&access.aud),
            iss: Cow::Borrowed(&access.iss),
            jti: access.jti,
            token_use: Kind::Access,
            organization_id: access.organization_id,
            operator_id: access.operator_id,
            cnf: access.cnf.as_ref(),
            act: access.act.as_ref().map(Cow::Borrowed),
        }
    }
}

impl Introspection {
    /// Whether the token is active.
    #[must_use]
    pub const fn is_active(&self) -> bool {
        !matches!(self, Self::Inactive)
    }

    /// Returns the answer as JSON.
    #[must_use]
    pub fn to_json(&self) -> Arc<[u8]> {
        match self {
            Self::Inactive => Arc::from(br#"{"active":false}"#.as_slice()),
            Self::Access { access, now: None } => {
                access.introspection(|own| active(&Described::of(own, own.scope.as_deref(), None)))
            }
            Self::Access {
                access,
                now: Some(now),
            } => {
                let (scope, username) = (now.scope.as_deref(), now.username.as_deref());
                active(&Described::of(access, scope, username))
            }
            Self::Other(token) => active(token),
        }
    }
}

/// Returns the members of an active token, with `active` before them.
fn active(token: &Described<'_>) -> Arc<[u8]> {
    let members = serde_json::to_vec(token).unwrap_or_default();
    let rest = members.strip_prefix(b"{").unwrap_or_default();
    [br#"{"active":true,"#, rest].concat().into()
}
