//! The answer of introspection (RFC 7662, section 2.2).

use std::borrow::Cow;
use std::sync::Arc;

use serde::{Serialize, Serializer};

use crate::base::{ClientId, OperatorId, OrganizationId, TokenId};
use crate::token::{AccessClaims, Actor, Audience, Confirmation, Kind};

/// The answer. Members that a token does not have are left out.
#[derive(Debug, Clone, PartialEq)]
pub enum Introspection {
    /// The answer about everything that is not active, or that the caller may not know.
    Inactive,
    /// An access token.
    Access {
        /// Its claims.
        access: Arc<AccessClaims<'static>>,
        /// The scopes that are in force now. `None` if there are none.
        scope: Option<String>,
        /// The name that the operator behind it signs in with.
        username: Option<String>,
    },
    /// Another token.
    Other(Box<Described<'static>>),
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

/// The members of an answer; those of a token only if it is active.
#[derive(Serialize)]
struct Members<'a> {
    active: bool,
    #[serde(flatten)]
    token: Option<&'a Described<'a>>,
}

impl Serialize for Introspection {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let described;
        let token = match self {
            Self::Inactive => None,
            Self::Access {
                access,
                scope,
                username,
            } => {
                described = Described::of(access, scope.as_deref(), username.as_deref());
                Some(&described)
            }
            Self::Other(token) => Some(&**token),
        };
        let active = token.is_some();
        Members { active, token }.serialize(serializer)
    }
}

impl Introspection {
    /// Whether the token is active.
    #[must_use]
    pub const fn is_active(&self) -> bool {
        !matches!(self, Self::Inactive)
    }
}
