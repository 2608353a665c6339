//! The members of a key that a request gives, and how they become its settings.

use super::{ManageError, Result};
use crate::access::{Scope, ScopeSet};
use crate::api_key::{AllowedAddresses, Environment, KeySettings, Prefix};
use crate::base::{OperatorId, Timestamp, name};
use crate::organization::Definitions;

/// What is wanted of a new key.
#[derive(Debug, Clone, Default)]
pub struct NewKey {
    /// What may be changed later.
    pub members: Members,
    /// `live` unless it is given.
    pub environment: Option<Environment>,
    /// `ak` unless it is given.
    pub prefix: Option<Prefix>,
    /// The operator that the key is bound to.
    pub operator: Option<i64>,
    /// Whether it has a signing secret. It has one, too, if it requires signatures.
    pub signing: bool,
}

/// The members of a key that a request gives: what is absent stays, or is the default.
#[derive(Debug, Clone, Default)]
pub struct Members {
    /// The name.
    pub name: Option<String>,
    /// The names of the scopes.
    pub scopes: Option<Vec<String>>,
    /// The role.
    pub role: Option<Option<String>>,
    /// When it expires.
    pub expires_at: Option<Option<Timestamp>>,
    /// From where it may be used.
    pub allowed: Option<Vec<String>>,
    /// Whether its requests must be signed.
    pub require_signature: Option<bool>,
}

impl Members {
    /// Writes the members that were given into the settings.
    pub(super) fn apply(
        &self,
        settings: &mut KeySettings,
        (operator, signing): (Option<OperatorId>, bool),
        defined: &Definitions,
        now: Timestamp,
    ) -> Result<()> {
        if let Some(wanted) = &self.name {
            if !name::is_name(wanted) {
                return Err(ManageError::Name);
            }
            settings.name.clone_from(wanted);
        }
        if let Some(scopes) = &self.scopes {
            settings.scopes = known_scopes(scopes, defined)?;
        }
        if let Some(role) = &self.role {
            if role.is_some() && operator.is_some() {
                return Err(ManageError::RoleOfOperator);
            }
            if let Some(unknown) = role
                .as_ref()
                .filter(|role| defined.roles.get(Some(role)).is_none())
            {
                return Err(ManageError::Role(unknown.chars().take(64).collect()));
            }
            settings.role.clone_from(role);
        }
        if let Some(end) = self.expires_at {
            if end.is_some_and(|end| end <= now) && end != settings.expires_at {
                return Err(ManageError::Past);
            }
            settings.expires_at = end;
        }
        if let Some(allowed) = &self.allowed {
            settings.allowed = AllowedAddresses::parse(allowed)?;
        }
        if let Some(required) = self.require_signature {
            if required && !signing {
                return Err(ManageError::NotSigning);
            }
            settings.require_signature = required;
        }
        Ok(())
    }
}

/// Returns the scopes as a set, if the organization has all of them.
fn known_scopes(names: &[String], defined: &Definitions) -> Result<ScopeSet> {
    let known = defined.scope_set();
    let scope = |name: &String| {
        let scope: Option<Scope> = name.parse().ok();
        scope
            .filter(|scope| scope.is_identity() || known.names(scope.as_str()))
            .ok_or_else(|| ManageError::Scope(name.chars().take(64).collect()))
    };
    names.iter().map(scope).collect()
}
