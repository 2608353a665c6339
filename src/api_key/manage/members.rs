//! The members of a key that a request gives, and how they become its settings.

use super::{ManageError, Result};
use crate::access::{Scope, ScopeSet};
use crate::api_key::{AllowedAddresses, Environment, KeySettings, Prefix};
use crate::base::{OperatorId, OrganizationId, Timestamp, name};
use crate::db::Conn;
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

/// Returns the settings of a key for which nothing was given.
pub(super) fn none() -> KeySettings {
    KeySettings {
        name: String::new(),
        scopes: ScopeSet::default(),
        role: None,
        expires_at: None,
        allowed: AllowedAddresses::default(),
        require_signature: false,
    }
}

/// Returns an error for each member that cannot be what it says, at most one for each. `fixed` are the
/// operator that the key is bound to, and whether it has a signing secret.
///
/// # Errors
/// Returns [`ManageError::UnknownOrganization`], or the errors of the database.
pub fn faults(
    conn: &mut Conn,
    organization: OrganizationId,
    members: &Members,
    fixed: (Option<OperatorId>, bool),
    now: Timestamp,
) -> Result<Vec<ManageError>> {
    let defined = Definitions::read(conn, organization)?.ok_or(ManageError::UnknownOrganization)?;
    let wrong = |one: Members| one.apply(&mut none(), fixed, &defined, now).err();
    let apart = members.clone().apart().into_iter();
    Ok(apart.filter_map(wrong).collect())
}

impl Members {
    /// Returns each member by itself, in the order of a form.
    fn apart(self) -> [Self; 6] {
        let Self {
            name,
            scopes,
            role,
            expires_at,
            allowed,
            require_signature,
        } = self;
        let none = Self::default;
        [
            Self { name, ..none() },
            Self { scopes, ..none() },
            Self { role, ..none() },
            Self {
                expires_at,
                ..none()
            },
            Self { allowed, ..none() },
            Self {
                require_signature,
                ..none()
            },
        ]
    }

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
