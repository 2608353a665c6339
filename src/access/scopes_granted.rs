//! Which scopes a token gets, and which of them are in force later.
//!
//! What is granted is what was asked for ∩ the client's list ∩ what stands behind the token, and
//! what is derived from it can only shrink. Rights are worked out when they are used: an operator
//! who loses its role loses what the role gave.

use super::role::{Role, Roles};
use super::scope::{InvalidScope, Scope, ScopeSet};

/// On whose behalf a token acts.
#[derive(Debug, Clone, Copy)]
pub enum BehindToken<'a> {
    /// The client's own.
    Client,
    /// An operator's, who signed in or whom the client names (`operatorId`).
    Operator {
        /// The operator's role now, as free text.
        role: Option<&'a str>,
        /// The roles of the organization.
        roles: &'a Roles,
        /// Whether the organization limits operators to the scopes of their role
        /// (`capScopesByRole`).
        cap: bool,
    },
}

/// A request for scopes.
#[derive(Debug, Clone, Copy)]
pub struct ScopeRequest<'a> {
    /// The `scope` parameter; `None` if there was none.
    pub scopes: Option<&'a ScopeSet>,
    /// The list of the client.
    pub client: &'a ScopeSet,
    /// On whose behalf the token acts.
    pub behind: BehindToken<'a>,
}

/// Not granted unless they are asked for: guides 001 and 003 send no scope.
const NEVER_BY_DEFAULT: [&str; 3] = [Scope::OPENID, Scope::OFFLINE_ACCESS, Scope::ADMIN];

/// Returns the scopes that are granted. They may be fewer than were asked for; then the answer's
/// `scope` says so.
///
/// # Errors
/// Returns an error if a scope asked for is not in the client's list (by name: `admin` in it stands
/// for itself only), or if nothing of what was wanted is left.
pub fn grant_scopes(asked: &ScopeRequest<'_>) -> Result<ScopeSet, InvalidScope> {
    let wanted = match asked.scopes {
        Some(scopes) => scopes.clone(),
        None => asked
            .client
            .filter(|scope| !NEVER_BY_DEFAULT.contains(&scope.as_str())),
    };
    if let Some(foreign) = wanted.missing_from(asked.client).iter().next() {
        return Err(InvalidScope(foreign.to_string()));
    }
    unless_nothing_is_left(&wanted, scopes_now(&wanted, asked.behind))
}

/// Returns the granted scopes that are in force now: `admin` only while the operator has the
/// role `admin`, and where the organization limits operators to their role, what the role covers.
/// The scopes of OpenID Connect are never limited.
#[must_use]
pub fn scopes_now(granted: &ScopeSet, behind: BehindToken<'_>) -> ScopeSet {
    let BehindToken::Operator { role, roles, cap } = behind else {
        return granted.clone();
    };
    let is_admin = role == Some(Roles::ADMIN);
    let held = granted.filter(|scope| is_admin || scope.as_str() != Scope::ADMIN);
    if !cap {
        return held;
    }
    let role = roles.get(role).map(|role: &Role| &role.scopes);
    held.filter(|scope| scope.is_identity() || role.is_some_and(|role| role.covers(scope.as_str())))
}

/// Returns the scopes of an access token that is refreshed. `whole` is what was granted, `asked`
/// the `scope` parameter, `client` the client's list now. What the client or the operator may no
/// longer hold is left out.
///
/// # Errors
/// Returns an error if a scope asked for was not granted (by name), or if nothing is left.
pub fn narrow_scopes(whole: &ScopeSet, asked: &ScopeRequest<'_>) -> Result<ScopeSet, InvalidScope> {
    let wanted = asked.scopes.unwrap_or(whole);
    if let Some(wider) = wanted.missing_from(whole).iter().next() {
        return Err(InvalidScope(wider.to_string()));
    }
    let listed = wanted.filter(|scope| asked.client.names(scope.as_str()));
    unless_nothing_is_left(wanted, scopes_now(&listed, asked.behind))
}

fn unless_nothing_is_left(wanted: &ScopeSet, left: ScopeSet) -> Result<ScopeSet, InvalidScope> {
    match wanted.iter().next() {
        Some(first) if left.is_empty() => Err(InvalidScope(first.to_string())),
        _ => Ok(left),
    }
}

#[cfg(test)]
mod tests;
