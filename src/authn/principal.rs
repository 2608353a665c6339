//! The principal: who sends a request, as its credential proves.

use crate::audit::Actor;
use crate::base::{OperatorId, OrganizationId};
use crate::token::{Claims, TokenUse};

/// Who sends a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Principal {
    /// The organization it belongs to.
    pub organization: OrganizationId,
    /// The operator for whom it acts; `None` if it acts for the organization itself.
    pub subject: Option<OperatorId>,
    /// What proves it.
    pub proof: Proof,
}

/// What proves who sends a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// A bearer token that this service signed (RFC 6750).
    Token(Claims),
}

impl Principal {
    /// Returns the principal that a valid token proves.
    #[must_use]
    pub const fn of_token(claims: Claims) -> Self {
        Self {
            organization: claims.organization,
            subject: claims.operator(),
            proof: Proof::Token(claims),
        }
    }

    /// Returns the claims of the token that proves it.
    #[must_use]
    pub const fn token(&self) -> &Claims {
        let Proof::Token(claims) = &self.proof;
        claims
    }

    /// Returns its name in the audit log.
    #[must_use]
    pub const fn actor(&self) -> Actor {
        let claims = self.token();
        match claims.token_use {
            TokenUse::Company { .. } => Actor::Company(claims.jti),
            TokenUse::Operator { operator, .. } => Actor::Operator(operator),
        }
    }
}
