//! The principal: who sends a request, as proven by its credential.

use crate::base::{OperatorId, OrganizationId};
use crate::token::Claims;

/// Who sends a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Principal {
    /// The organization that the principal belongs to.
    pub organization: OrganizationId,
    /// The operator that the principal acts for. `None` if it acts for the organization itself.
    pub subject: Option<OperatorId>,
    /// Whether the subject has the role `admin` now. It is looked up only where it decides, so it is
    /// `false` elsewhere.
    pub is_admin: bool,
    /// The proof.
    pub proof: Proof,
}

/// The proof of who sends a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// A bearer token that this service issued (RFC 6750).
    Token(Claims),
}

impl Principal {
    /// Returns the principal that a valid token proves.
    #[must_use]
    pub const fn of_token(claims: Claims) -> Self {
        Self {
            organization: claims.organization,
            subject: claims.operator(),
            is_admin: false,
            proof: Proof::Token(claims),
        }
    }

    /// Returns the claims of the token that is the proof.
    #[must_use]
    pub const fn token(&self) -> &Claims {
        let Proof::Token(claims) = &self.proof;
        claims
    }
}
