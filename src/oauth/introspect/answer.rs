//! The answer of introspection (RFC 7662, section 2.2).

use serde::Serialize;

use crate::base::{ClientId, OperatorId, OrganizationId, TokenId};
use crate::token::{Actor, Audience, Confirmation, Kind};

/// The answer. Members that a token does not have are left out.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Introspection {
    active: bool,
    #[serde(flatten)]
    token: Option<Described>,
}

/// What an active token is.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Described {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) scope: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) client_id: Option<ClientId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) username: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) token_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) exp: Option<i64>,
    pub(super) iat: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) nbf: Option<i64>,
    pub(super) sub: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) aud: Option<Audience>,
    pub(super) iss: String,
    pub(super) jti: TokenId,
    pub(super) token_use: Kind,
    pub(super) organization_id: OrganizationId,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) operator_id: Option<OperatorId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) cnf: Option<Confirmation>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) act: Option<Actor>,
}

impl Introspection {
    /// The answer about everything that is not active, or that the caller may not know.
    pub(super) const INACTIVE: Self = Self {
        active: false,
        token: None,
    };

    /// Returns the answer about an active token.
    pub(super) const fn of(token: Described) -> Self {
        Self {
            active: true,
            token: Some(token),
        }
    }

    /// Whether the token is active.
    #[must_use]
    pub const fn is_active(&self) -> bool {
        self.active
    }
}
