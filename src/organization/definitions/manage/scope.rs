//! Defining and removing scopes.

use super::{
    DefineError, MOST, Result, User, WasSet, begin, check_description, end, is_fixed_scope,
};
use crate::access::scope::is_name;
use crate::audit::{Action, Origin};
use crate::base::{OrganizationId, Timestamp};
use crate::db::Conn;
use crate::feed::Entry;
use crate::organization::definitions::store;

/// Defines a scope, or changes its description, in the caller's transaction.
///
/// # Errors
/// Returns the [`DefineError`].
pub fn set_scope(
    conn: &mut Conn,
    organization: OrganizationId,
    (name, description): (&str, Option<&str>),
    origin: &Origin,
    now: Timestamp,
) -> Result<(WasSet, Vec<Entry>)> {
    if !is_name(name) {
        return Err(DefineError::Name);
    }
    if is_fixed_scope(name) {
        return Err(DefineError::Fixed(format!("the scope {name}")));
    }
    check_description(description)?;
    let defined = begin(conn, organization)?;
    let before = defined.scopes.get(name);
    let is_new = before.is_none();
    if before.is_some_and(|before| before.as_deref() == description) {
        return Ok((WasSet { is_new }, Vec::new()));
    }
    if is_new && defined.scopes.len() >= MOST {
        return Err(DefineError::TooMany);
    }
    store::set_scope(conn, organization, (name, description), is_new)?;
    let what = (Action::ScopeUpdated, format!("scope:{name}"));
    let entries = end(conn, organization, what, "set", origin, now)?;
    Ok((WasSet { is_new }, entries))
}

/// Removes a scope that nothing names, in the caller's transaction.
///
/// # Errors
/// Returns the [`DefineError`].
pub fn remove_scope(
    conn: &mut Conn,
    organization: OrganizationId,
    name: &str,
    origin: &Origin,
    now: Timestamp,
) -> Result<((), Vec<Entry>)> {
    if is_fixed_scope(name) {
        return Err(DefineError::Fixed(format!("the scope {name}")));
    }
    let defined = begin(conn, organization)?;
    if !defined.scopes.contains_key(name) {
        return Err(DefineError::Unknown);
    }
    let mut roles = defined.roles.iter();
    if let Some((role, _)) = roles.find(|(_, role)| role.scopes.names(name)) {
        return Err(DefineError::InUse(User::Role(role.to_owned())));
    }
    let mut resources = defined.resources.iter();
    if let Some(resource) = resources.find(|resource| resource.scopes.names(name)) {
        return Err(DefineError::InUse(User::Resource(resource.uri.clone())));
    }
    if let Some(client) = store::client_with_scope(conn, organization, name)? {
        return Err(DefineError::InUse(User::Client(client)));
    }
    if let Some(key) = store::key_with_scope(conn, organization, name)? {
        return Err(DefineError::InUse(User::ApiKey(key)));
    }
    store::remove_scope(conn, organization, name)?;
    let what = (Action::ScopeUpdated, format!("scope:{name}"));
    let entries = end(conn, organization, what, "removed", origin, now)?;
    Ok(((), entries))
}
