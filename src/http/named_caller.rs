//! The callers that the audit log can name.

use super::{
    Anyone, Company, CompanyOrOperator, Credential, KeyVerifier, Manager, Operator, Session,
};
use crate::audit::{Actor, Through};
use crate::authn::Principal;
use crate::token::Kind;

/// A caller that the audit log can name. [`super::AnyCredential`] is none: the access token of a client
/// that acts for itself has only the number of the client, and no call that accepts it changes
/// anything.
pub trait Named: Credential {
    /// Returns the caller's name in the audit log.
    fn actor(&self) -> Actor;

    /// Returns by which of its tokens or sessions an operator acts. `None` if no operator does.
    fn through(&self) -> Option<Through> {
        let principal = self.principal()?;
        let jti = principal.token().jti;
        principal.subject.map(|_| match principal.token().kind() {
            Kind::Company | Kind::Operator => Through::OperatorToken(jti),
            Kind::Session | Kind::Console => Through::Session(jti),
            Kind::Access | Kind::Refresh => Through::AccessToken(jti),
        })
    }
}

/// Returns the actor of a token that is an organization's or an operator's.
fn actor_of(principal: &Principal) -> Actor {
    let organization = Actor::Company(principal.token().jti);
    principal.subject.map_or(organization, Actor::Operator)
}

impl Named for Anyone {
    fn actor(&self) -> Actor {
        Actor::Anonymous
    }
}

impl Named for Company {
    fn actor(&self) -> Actor {
        actor_of(&self.0)
    }
}

impl Named for Operator {
    fn actor(&self) -> Actor {
        actor_of(&self.0)
    }
}

impl Named for CompanyOrOperator {
    fn actor(&self) -> Actor {
        actor_of(&self.0)
    }
}

impl Named for Session {
    fn actor(&self) -> Actor {
        actor_of(&self.0)
    }
}

impl Named for Manager {
    fn actor(&self) -> Actor {
        actor_of(&self.0)
    }
}

impl Named for KeyVerifier {
    fn actor(&self) -> Actor {
        match self {
            Self::Company(principal) => actor_of(principal),
            Self::Key(key) => Actor::ApiKey(key.stored.key.id),
        }
    }
}
