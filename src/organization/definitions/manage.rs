//! Managing what an organization defined: scopes, roles and resources.
//!
//! The law: what something names cannot be removed, and what always exists cannot be changed. What
//! changes is announced by the feed, so that every node forgets what it remembers.

mod error;
mod resource;
mod role;
mod scope;

pub use error::{DefineError, User};
pub use resource::{NewResource, add_resource, remove_resource};
pub use role::{Seen, remove_role, set_role, set_role_if};
pub use scope::{remove_scope, set_scope};

use super::{Definitions, store};
use crate::access::{Preset, Scope, ScopeSet};
use crate::audit::{self, Action, Event, Origin};
use crate::base::{OrganizationId, Timestamp};
use crate::db::{self, Conn, Records, serialize_within};
use crate::feed::{self, Entry, Fact, Needed, Record};

/// The largest number of scopes, of roles and of resources of one organization.
const MOST: usize = 1_000;

/// The longest description (characters).
const LONGEST: usize = 500;

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
