//! The caller of introspection, and which tokens it may know.

use crate::base::OrganizationId;
use crate::client::IntrospectRule;
use crate::oauth::caller::Caller;
use crate::token::{Audience, Claims};

/// The caller of introspection.
#[derive(Clone, Copy)]
pub enum Introspector<'a> {
    /// The holder of a company token: it may know every token of its organization.
    Company(OrganizationId),
    /// A client.
    Client(&'a Caller),
}

impl Introspector<'_> {
    pub(super) fn organization(&self) -> OrganizationId {
        match self {
            Self::Company(organization) => *organization,
            Self::Client(caller) => caller.registered.client.organization,
        }
    }

    /// Whether the caller may know every token of its organization.
    pub(super) fn knows_all(&self) -> bool {
        match self {
            Self::Company(_) => true,
            Self::Client(caller) => caller.settings().introspect == IntrospectRule::Organization,
        }
    }

    /// Whether the caller may know a token. `audience` is that of an access token.
    pub(super) fn may_know(&self, claims: &Claims, audience: Option<&Audience>) -> bool {
        if claims.organization != self.organization() {
            return false;
        }
        let Self::Client(caller) = self else {
            return true;
        };
        self.knows_all()
            || claims.client() == Some(caller.registered.tag)
            || audience.is_some_and(|audience| audience.contains(caller.id().as_str()))
    }
}
