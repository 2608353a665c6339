//! The rules of forward-auth: which credentials open which path of a service behind a proxy. The
//! first rule that matches a request decides; a request that no rule matches is refused.

mod fault;
mod members;
mod pattern;
mod read;
mod resource;

pub use fault::{Fault, Faults};
pub(in crate::access) use members::{Document, Placed};
pub use pattern::{Pattern, PatternError};
pub use resource::{Resource, WELL_KNOWN};

use super::bearer::BearerKind;
use super::denial::ErrorShape;
use super::original::Original;
use super::scope::Scope;
use crate::base::OrganizationId;
use crate::base::words::words;

words! {
    /// The environment that a rule wants: API keys have one, every other credential is `live`.
    pub enum WantedEnvironment {
        /// No test keys; the default.
        Live = "live",
        /// Test keys only.
        Test = "test",
        /// All.
        Any = "any",
    }
}

/// All rules of a file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rules {
    /// The shape of errors where no rule decides.
    pub errors: ErrorShape,
    /// The rules. The first that matches decides.
    rules: Vec<Rule>,
}

/// A rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Its name, which no other rule has.
    pub name: Box<str>,
    /// The host in normal form; `None` for any.
    host: Option<Box<str>>,
    /// The methods; `None` for all. `GET` covers `HEAD`.
    methods: Option<Vec<Box<str>>>,
    path: Pattern,
    /// The shape of its errors.
    pub errors: ErrorShape,
    /// Who is admitted.
    pub access: Access,
}

/// Who is admitted by a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Access {
    /// Everybody. No credential is looked at.
    Public,
    /// The bearer of a credential that meets this.
    Credential(Demand),
}

/// What a rule wants of a credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Demand {
    /// All of these scopes.
    pub scopes: Vec<Scope>,
    /// One of these roles; any or none if this is empty.
    pub roles: Vec<Box<str>>,
    /// One of these kinds.
    pub kinds: Vec<BearerKind>,
    /// This environment.
    pub environment: WantedEnvironment,
    /// This organization; `None` for any.
    pub organization: Option<OrganizationId>,
    /// Access tokens must be for this resource; `None` if it makes no difference.
    pub resource: Option<Resource>,
    /// Whether the request must be signed.
    pub signed: bool,
}

impl Demand {
    /// The kinds that a rule admits if it names none: all but company tokens, which no client of a
    /// service holds.
    pub const USUAL_KINDS: [BearerKind; 4] = [
        BearerKind::Operator,
        BearerKind::Session,
        BearerKind::AccessToken,
        BearerKind::ApiKey,
    ];
}

impl Rules {
    /// Reads rules from TOML.
    ///
    /// # Errors
    /// Returns everything that is wrong, with its lines.
    pub fn read(text: &str) -> Result<Self, Faults> {
        read::read(text)
    }

    /// Returns the rule that decides about a request; `None` if none matches.
    #[must_use]
    pub fn find(&self, original: &Original<'_>) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.matches(original))
    }

    /// Returns the resource that is described at this path behind [`WELL_KNOWN`] of this host, with
    /// its organization. `None` if no rule has it.
    #[must_use]
    pub fn described_at(&self, host: &str, path: &str) -> Option<(&Resource, OrganizationId)> {
        self.rules.iter().find_map(|rule| {
            let Access::Credential(demand) = &rule.access else {
                return None;
            };
            let resource = demand.resource.as_ref()?;
            let there = resource.is_described_at(host, path);
            there.then_some(resource).zip(demand.organization)
        })
    }

    /// Returns the number of rules.
    #[must_use]
    pub fn count(&self) -> usize {
        self.rules.len()
    }
}

impl Rule {
    fn matches(&self, original: &Original<'_>) -> bool {
        let host = self.host.as_deref();
        host.is_none_or(|host| host == original.host)
            && self.has_method(original.method)
            && self.path.matches(&original.path)
    }

    fn has_method(&self, method: &str) -> bool {
        let Some(methods) = &self.methods else {
            return true;
        };
        let mut methods = methods.iter();
        methods.any(|one| **one == *method || **one == *"GET" && method == "HEAD")
    }

    /// Whether a later rule never decides because of this one.
    fn hides(&self, later: &Self) -> bool {
        let host = self.host.is_none() || self.host == later.host;
        let methods = match (&self.methods, &later.methods) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(_), Some(theirs)) => theirs.iter().all(|method| self.has_method(method)),
        };
        host && methods && self.path.covers(&later.path)
    }
}

#[cfg(test)]
mod tests;
