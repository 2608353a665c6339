//! Managing what an organization defined: scopes, roles and resources.
//!
//! The law: what something names cannot be removed, and what always exists cannot be changed. What
//! changes is announced by the feed, so that every node forgets what it remembers.

use super::{Definitions, Resource, store};
use crate::access::scope::is_name as is_scope_name;
use crate::access::{Preset, Role, Roles, Scope, ScopeSet};
use crate::audit::{self, Action, Event, Origin};
use crate::base::name::is_name;
use crate::base::{OrganizationId, Timestamp};
use crate::db::{self, Conn, Error, Records, allocate, serialize_within};
use crate::feed::{self, Entry, Fact, Needed, Record};

/// The largest number of scopes, of roles and of resources of one organization.
const MOST: usize = 1_000;

/// The longest description (characters).
const LONGEST: usize = 500;

/// Why a definition was not changed.
#[derive(Debug, thiserror::Error)]
pub enum DefineError {
    /// The name cannot be that of a scope or a role.
    #[error("the name must have a to z, 0 to 9 and . _ : -, a letter first, at most 64")]
    Name,
    /// The description is not allowed.
    #[error("description must have at most {LONGEST} characters, and no control characters")]
    Description,
    /// A scope is not defined.
    #[error("scopes: {0:?} is not a scope that the organization has defined")]
    Scope(String),
    /// The URI cannot be that of a resource.
    #[error("uri must be an absolute URI in ASCII without a fragment, at most 2048 characters")]
    Uri,
    /// The name cannot be that of a resource.
    #[error(
        "name must have 1 to 200 characters, at least one of them visible, and no control characters"
    )]
    ResourceName,
    /// It always exists.
    #[error("{0} always exists and cannot be changed")]
    Fixed(String),
    /// Something names it.
    #[error("it is in use by {0}; change that first")]
    InUse(User),
    /// Another resource has the URI.
    #[error("another resource of the organization has this uri")]
    UriTaken,
    /// There are as many as there may be.
    #[error("there are {MOST} of them already, which is the most; remove one first")]
    TooMany,
    /// There is no such definition.
    #[error("the organization has not defined it")]
    Unknown,
    /// There is no such organization.
    #[error("there is no organization with this id")]
    UnknownOrganization,
    /// The database failed.
    #[error("{0}")]
    Database(Error),
}

impl From<Error> for DefineError {
    fn from(error: Error) -> Self {
        match error {
            Error::Duplicate { .. } => Self::UriTaken,
            other => Self::Database(other),
        }
    }
}

/// What names a definition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum User {
    /// A client, by its id.
    Client(String),
    /// A role, by its name.
    Role(String),
    /// A resource, by its URI.
    Resource(String),
    /// An operator, by its id.
    Operator(i64),
}

impl std::fmt::Display for User {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Client(id) => write!(f, "the client {id}"),
            Self::Role(name) => write!(f, "the role {name}"),
            Self::Resource(uri) => write!(f, "the resource {uri}"),
            Self::Operator(id) => write!(f, "the operator {id}"),
        }
    }
}

type Result<T> = std::result::Result<T, DefineError>;

/// A scope or a role after it was set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WasSet {
    /// Whether it is new.
    pub is_new: bool,
}

fn begin(conn: &mut Conn, organization: OrganizationId) -> Result<Definitions> {
    serialize_within(conn, Records::Clients, organization)?;
    Definitions::read(conn, organization)?.ok_or(DefineError::UnknownOrganization)
}

/// Records the change, and announces it to every node.
fn end(
    conn: &mut Conn,
    organization: OrganizationId,
    (action, target): (Action, String),
    detail: &str,
    origin: &Origin,
    now: Timestamp,
) -> Result<Vec<Entry>> {
    let event = Event::of(origin, action, now, organization).target(target);
    audit::record(conn, &event.detail(detail))?;
    let record = Fact::Changed(Record::Organization);
    let needed = Needed::in_passing(now);
    Ok(vec![feed::append(conn, organization, record, now, needed)?])
}

fn check_description(description: Option<&str>) -> Result<()> {
    let sound = description
        .is_none_or(|text| text.chars().count() <= LONGEST && !text.chars().any(char::is_control));
    if sound {
        Ok(())
    } else {
        Err(DefineError::Description)
    }
}

impl Definitions {
    /// Returns the scopes as a set, if the organization has all of them.
    fn known(&self, names: &[String]) -> Result<ScopeSet> {
        let defined = self.scope_set();
        let scope = |name: &String| {
            let scope: Option<Scope> = name.parse().ok();
            scope
                .filter(|scope| scope.is_identity() || defined.names(scope.as_str()))
                .ok_or_else(|| DefineError::Scope(name.chars().take(64).collect()))
        };
        names.iter().map(scope).collect()
    }
}

fn is_fixed_scope(name: &str) -> bool {
    Scope::ALWAYS.contains(&name) || Scope::IDENTITY.contains(&name)
}

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
    if !is_scope_name(name) {
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
    store::remove_scope(conn, organization, name)?;
    let what = (Action::ScopeUpdated, format!("scope:{name}"));
    let entries = end(conn, organization, what, "removed", origin, now)?;
    Ok(((), entries))
}

/// Defines a role, or changes it, in the caller's transaction.
///
/// # Errors
/// Returns the [`DefineError`].
pub fn set_role(
    conn: &mut Conn,
    organization: OrganizationId,
    name: &str,
    (scopes, description): (&[String], Option<&str>),
    origin: &Origin,
    now: Timestamp,
) -> Result<((WasSet, Role), Vec<Entry>)> {
    if !is_scope_name(name) {
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

/// Removes a role that no operator has, in the caller's transaction.
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
    if let Some(operator) = store::operator_with_role(conn, organization, name)? {
        return Err(DefineError::InUse(User::Operator(operator.0)));
    }
    store::remove_role(conn, organization, name)?;
    let what = (Action::RoleUpdated, format!("role:{name}"));
    let entries = end(conn, organization, what, "removed", origin, now)?;
    Ok(((), entries))
}

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

/// Adds a resource, in the caller's transaction. `is_uri` tells whether a text can be its URI.
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

/// Defines what a preset has, for a new organization, in the caller's transaction.
///
/// # Errors
/// Returns an error if the database fails.
pub(in crate::organization) fn begin_with(
    conn: &mut Conn,
    organization: OrganizationId,
    preset: Preset,
) -> db::Result<()> {
    let scopes = preset.scopes();
    let defined = scopes.iter().filter(|(name, _)| !is_fixed_scope(name));
    for (name, description) in defined {
        store::set_scope(conn, organization, (name, Some(description)), true)?;
    }
    for (name, role) in preset.roles() {
        store::set_role(conn, organization, (name, &role), true)?;
    }
    Ok(())
}
