//! Defining and removing roles.

use super::{DefineError, MOST, Result, User, WasSet, begin, check_description, end};
use crate::access::scope::is_name;
use crate::access::{Role, Roles};
use crate::audit::{Action, Origin};
use crate::base::{OrganizationId, Timestamp};
use crate::db::{Conn, Records, serialize_within};
use crate::feed::Entry;
use crate::organization::definitions::store;

/// What a caller that sets a role has seen of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    /// It has not looked: the role is set whatever it is now.
    Nothing,
    /// There was no such role.
    Absent,
    /// The role had this version ([`Role::version`]).
    Version(String),
}

/// Defines a role, or changes it, in the caller's transaction.
///
/// # Errors
/// Returns the [`DefineError`].
pub fn set_role(
    conn: &mut Conn,
    organization: OrganizationId,
    name: &str,
    wanted: (&[String], Option<&str>),
    origin: &Origin,
    now: Timestamp,
) -> Result<((WasSet, Role), Vec<Entry>)> {
    set_role_if(
        conn,
        organization,
        name,
        &Seen::Nothing,
        wanted,
        origin,
        now,
    )
}

/// Sets a role like [`set_role`], if it is still as the caller has seen it.
///
/// # Errors
/// Returns the [`DefineError`]. It is [`DefineError::Taken`] or [`DefineError::Changed`] if the role
/// is not as the caller has seen it.
pub fn set_role_if(
    conn: &mut Conn,
    organization: OrganizationId,
    name: &str,
    seen: &Seen,
    (scopes, description): (&[String], Option<&str>),
    origin: &Origin,
    now: Timestamp,
) -> Result<((WasSet, Role), Vec<Entry>)> {
    if !is_name(name) {
        return Err(DefineError::Name);
    }
    if Roles::is_fixed(name) {
        return Err(DefineError::Fixed(format!("the role {name}")));
    }
    check_description(description)?;
    let defined = begin(conn, organization)?;
    let role = Role {
        scopes: defined.known(scopes)?,
        description: description.map(str::to_owned),
    };
    let before = defined.roles.get(Some(name));
    let is_new = before.is_none();
    match (seen, before) {
        (Seen::Absent, Some(_)) => return Err(DefineError::Taken),
        (Seen::Version(_), None) => return Err(DefineError::Unknown),
        (Seen::Version(seen), Some(before)) if *seen != before.version() => {
            return Err(DefineError::Changed);
        }
        _ => {}
    }
    if before == Some(&role) {
        return Ok(((WasSet { is_new }, role), Vec::new()));
    }
    if is_new && defined.roles.iter().count() >= MOST {
        return Err(DefineError::TooMany);
    }
    store::set_role(conn, organization, (name, &role), is_new)?;
    let what = (Action::RoleUpdated, format!("role:{name}"));
    let detail = format!("scopes: {}", role.scopes);
    let entries = end(conn, organization, what, &detail, origin, now)?;
    Ok(((WasSet { is_new }, role), entries))
}

/// Removes a role that no operator and no API key has, in the caller's transaction.
///
/// # Errors
/// Returns the [`DefineError`].
pub fn remove_role(
    conn: &mut Conn,
    organization: OrganizationId,
    name: &str,
    origin: &Origin,
    now: Timestamp,
) -> Result<((), Vec<Entry>)> {
    if Roles::is_fixed(name) {
        return Err(DefineError::Fixed(format!("the role {name}")));
    }
    let defined = begin(conn, organization)?;
    if defined.roles.get(Some(name)).is_none() {
        return Err(DefineError::Unknown);
    }
    // A transaction that gives an operator a role holds this lock too, so no operator gets the role
    // meanwhile.
    serialize_within(conn, Records::Operators, organization)?;
    if let Some(operator) = store::operator_with_role(conn, organization, name)? {
        return Err(DefineError::InUse(User::Operator(operator.0)));
    }
    if let Some(key) = store::key_with_role(conn, organization, name)? {
        return Err(DefineError::InUse(User::ApiKey(key)));
    }
    store::remove_role(conn, organization, name)?;
    let what = (Action::RoleUpdated, format!("role:{name}"));
    let entries = end(conn, organization, what, "removed", origin, now)?;
    Ok(((), entries))
}
