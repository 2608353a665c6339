//! Adding and removing resources.

use super::{DefineError, MOST, Result, User, begin, end};
use crate::audit::{Action, Origin};
use crate::base::name::is_name;
use crate::base::{OrganizationId, Timestamp};
use crate::db::{Conn, allocate};
use crate::feed::Entry;
use crate::organization::definitions::{Resource, store};

/// A resource that is to be added.
#[derive(Debug, Clone)]
pub struct NewResource {
    /// Its URI.
    pub uri: String,
    /// The name that people call it.
    pub name: String,
    /// The scopes that it knows.
    pub scopes: Vec<String>,
}

/// Adds a resource, in the caller's transaction. `is_uri` returns whether a text can be the URI of
/// a resource.
///
/// # Errors
/// Returns the [`DefineError`].
pub fn add_resource(
    conn: &mut Conn,
    organization: OrganizationId,
    new: NewResource,
    is_uri: fn(&str) -> bool,
    origin: &Origin,
    now: Timestamp,
) -> Result<(Resource, Vec<Entry>)> {
    if !is_uri(&new.uri) {
        return Err(DefineError::Uri);
    }
    if !is_name(&new.name) {
        return Err(DefineError::ResourceName);
    }
    let defined = begin(conn, organization)?;
    let scopes = defined.known(&new.scopes)?;
    if defined.resources.iter().any(|other| other.uri == new.uri) {
        return Err(DefineError::UriTaken);
    }
    if defined.resources.len() >= MOST {
        return Err(DefineError::TooMany);
    }
    let resource = Resource {
        id: allocate(conn, "resources", 1)?,
        uri: new.uri,
        name: new.name,
        scopes,
        created_at: now.whole_second(),
    };
    store::insert_resource(conn, organization, &resource)?;
    let what = (Action::ResourceUpdated, format!("resource:{}", resource.id));
    let entries = end(conn, organization, what, "added", origin, now)?;
    Ok((resource, entries))
}

/// Removes a resource that no client names, in the caller's transaction.
///
/// # Errors
/// Returns the [`DefineError`].
pub fn remove_resource(
    conn: &mut Conn,
    organization: OrganizationId,
    id: i64,
    origin: &Origin,
    now: Timestamp,
) -> Result<((), Vec<Entry>)> {
    let defined = begin(conn, organization)?;
    let mut resources = defined.resources.iter();
    let resource = resources.find(|resource| resource.id == id);
    let resource = resource.ok_or(DefineError::Unknown)?;
    if let Some(client) = store::client_with_audience(conn, organization, &resource.uri)? {
        return Err(DefineError::InUse(User::Client(client)));
    }
    store::remove_resource(conn, organization, id)?;
    let what = (Action::ResourceUpdated, format!("resource:{id}"));
    let entries = end(conn, organization, what, "removed", origin, now)?;
    Ok(((), entries))
}
