//! What an organization defined for OAuth: scopes, roles and resources. They are cached, and the
//! feed keeps the cache up to date.

pub mod http;
pub mod manage;
pub(crate) mod store;

pub use store::{RoleUse, operators_with_role, role_uses};

use std::collections::BTreeMap;
use std::sync::Arc;

use super::OrganizationStatus;
use crate::access::{Roles, Scope, ScopeSet};
use crate::base::{OrganizationId, Timestamp};
use crate::db::{self, Conn, Db};
use crate::feed::{Entry, Fact, FeedCache, Listener, Record, Target};

/// A resource that access tokens can be for (RFC 8707).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource {
    /// Its id.
    pub id: i64,
    /// Its URI.
    pub uri: String,
    /// The name that people call it.
    pub name: String,
    /// The scopes that it knows.
    pub scopes: ScopeSet,
    /// When it was added.
    pub created_at: Timestamp,
}

/// What an organization defined, and whether it is active.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definitions {
    /// The status of the organization. A suspended one has no clients and no users for any caller.
    pub status: OrganizationStatus,
    /// Whether operators can be granted only the scopes of their role.
    pub cap_scopes_by_role: bool,
    /// The scopes by name, with their descriptions. Those that always exist are not among them.
    pub scopes: BTreeMap<String, Option<String>>,
    /// The roles, with those that always exist.
    pub roles: Roles,
    /// The resources.
    pub resources: Vec<Resource>,
}

impl Definitions {
    /// Reads what an organization defined; `None` if there is no such organization.
    ///
    /// # Errors
    /// Returns the errors of the database.
    pub fn read(conn: &mut Conn, id: OrganizationId) -> db::Result<Option<Self>> {
        store::read(conn, id)
    }

    /// Returns the scopes, with those that always exist and without those of OpenID Connect.
    #[must_use]
    pub fn scope_set(&self) -> ScopeSet {
        let defined = self.scopes.keys().map(String::as_str);
        let all = defined.chain(Scope::ALWAYS);
        all.filter_map(|name| name.parse::<Scope>().ok()).collect()
    }

    /// Whether the organization is active.
    #[must_use]
    pub const fn is_active(&self) -> bool {
        matches!(self.status, OrganizationStatus::Active)
    }

    /// Returns the URIs of the resources.
    #[must_use]
    pub fn resource_uris(&self) -> Vec<String> {
        let uris = self.resources.iter();
        uris.map(|resource| resource.uri.clone()).collect()
    }
}

/// The version of the migration that defines roles in the organizations that exist.
const DEFINES_ROLES: &str = "0013";

/// Returns how many operators have a role that gives them scopes since migrations were applied: `admin`,
/// or one that is defined now. `None` if none of these migrations defines roles.
///
/// # Errors
/// Returns the errors of the database.
pub fn gaining_rights(db: &Db, applied: &[String]) -> db::Result<Option<i64>> {
    let mut applied = applied.iter();
    if !applied.any(|name| name.starts_with(DEFINES_ROLES)) {
        return Ok(None);
    }
    db.read_blocking(store::with_a_role).map(Some)
}

/// The largest number of organizations in memory.
const REMEMBERED: usize = 10_000;

/// The definitions of organizations.
pub struct DefinitionsCache(FeedCache<OrganizationId, Arc<Definitions>>);

impl Default for DefinitionsCache {
    fn default() -> Self {
        Self(FeedCache::new(REMEMBERED))
    }
}

impl DefinitionsCache {
    /// Returns the definitions of an organization; `None` if there is no such organization.
    ///
    /// # Errors
    /// Returns the errors of the database.
    pub async fn get(&self, db: &Db, id: OrganizationId) -> db::Result<Option<Arc<Definitions>>> {
        if let Some(found) = self.0.get(&id) {
            return Ok(Some(found));
        }
        let since = self.0.begin();
        let found = db.read(move |conn| store::read(conn, id)).await?;
        let found = found.map(Arc::new);
        if let Some(found) = &found {
            self.0.keep(since, id, Arc::clone(found));
        }
        Ok(found)
    }
}

impl Listener for DefinitionsCache {
    fn apply(&self, entry: &Entry) -> db::Result<()> {
        if matches!(
            entry.fact,
            Fact::Changed(Record::Organization) | Fact::Revoked(Target::Organization)
        ) {
            self.0.forget(&entry.organization);
        }
        Ok(())
    }

    fn reset(&self) -> db::Result<()> {
        self.0.forget_all();
        Ok(())
    }
}
