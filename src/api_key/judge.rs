//! Whether a key is valid, and what it may do: pure functions of its record and its circumstances.

use std::net::IpAddr;

use super::{Environment, KeyStatus, Refused, StoredKey};
use crate::access::{Roles, Scope, ScopeSet};
use crate::base::{Digest, Timestamp};

/// The operator that a key is bound to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoundOperator {
    /// Whether it is active.
    pub is_active: bool,
    /// Its role now, as free text.
    pub role: Option<String>,
}

/// What proves that a caller has a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyProof {
    /// A text, by its digest.
    Text(Digest),
    /// A signature that is right, with one of the key's signing secrets.
    Signature {
        /// When that secret ends; `None` for the present one.
        ends_at: Option<Timestamp>,
    },
}

/// The circumstances in which a key is presented.
#[derive(Debug, Clone, Copy)]
pub struct Circumstances<'a> {
    /// What was presented.
    pub proof: KeyProof,
    /// The operator that the key is bound to; `None` if it is bound to none, or if
    /// that operator does not exist any more.
    pub operator: Option<&'a BoundOperator>,
    /// The roles of the organization.
    pub roles: &'a Roles,
    /// From where it is used; `None` if that is not known.
    pub address: Option<IpAddr>,
    /// When it is presented.
    pub now: Timestamp,
}

/// What a key may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rights {
    /// Its scopes.
    pub scopes: ScopeSet,
    /// Its role; `None` if it has none.
    pub role: Option<String>,
    /// What it is for.
    pub environment: Environment,
}

/// Returns what a key may do now.
///
/// # Errors
/// Returns the first reason to refuse it.
pub fn judge(stored: &StoredKey, around: &Circumstances<'_>) -> Result<Rights, Refused> {
    let key = &stored.key;
    let ends_at = match around.proof {
        KeyProof::Text(digest) => stored.text(digest).ok_or(Refused::NotFound)?.ends_at,
        KeyProof::Signature { ends_at } => ends_at,
    };
    match key.status {
        KeyStatus::Revoked => return Err(Refused::Revoked),
        KeyStatus::Quarantined => return Err(Refused::Quarantined),
        KeyStatus::Active => {}
    }
    let operator = match (key.operator, around.operator) {
        (None, _) => None,
        (Some(_), Some(operator)) if operator.is_active => Some(operator),
        (Some(_), _) => return Err(Refused::Revoked),
    };
    let has_ended = |end: Option<Timestamp>| end.is_some_and(|end| end <= around.now);
    if has_ended(key.settings.expires_at) || has_ended(ends_at) {
        return Err(Refused::Expired);
    }
    let allowed = &key.settings.allowed;
    if !allowed.is_any() && !around.address.is_some_and(|from| allowed.allows(from)) {
        return Err(Refused::AddressDenied);
    }
    if key.settings.require_signature && matches!(around.proof, KeyProof::Text(_)) {
        return Err(Refused::SignatureRequired);
    }
    let (scopes, role) = match operator {
        None => (key.settings.scopes.clone(), key.settings.role.clone()),
        Some(operator) => {
            let role = operator.role.clone();
            let of_role = around.roles.scopes_of(role.as_deref());
            (key.settings.scopes.intersection(&of_role), role)
        }
    };
    Ok(Rights {
        scopes,
        role: role.filter(|role| around.roles.get(Some(role)).is_some()),
        environment: key.environment,
    })
}

/// What a caller needs of a key.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// The environment.
    pub environment: Environment,
    /// All of these scopes.
    pub scopes: &'a [Scope],
    /// This role; `None` for any or none.
    pub role: Option<&'a str>,
}

/// Checks that a key has what the caller needs. Scope `admin` covers every scope, role `admin`
/// every role; nothing else implies anything.
///
/// # Errors
/// Returns what it lacks first.
pub fn demand(rights: &Rights, roles: &Roles, wanted: &Wanted<'_>) -> Result<(), Refused> {
    if rights.environment != wanted.environment {
        return Err(Refused::EnvironmentMismatch);
    }
    let mut scopes = wanted.scopes.iter();
    if !scopes.all(|scope| rights.scopes.covers(scope.as_str())) {
        return Err(Refused::InsufficientScope);
    }
    let held = rights.role.as_deref();
    match wanted.role {
        Some(role) if !roles.suffices(held, role) => Err(Refused::InsufficientRole),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
