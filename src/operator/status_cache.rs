//! Caches the status of operators and whether they are admins, kept up to date by the feed: issuing
//! and managing read it for every request.

use super::{OperatorStatus, store};
use crate::access::Roles;
use crate::base::{OperatorId, OrganizationId};
use crate::db::{Db, Result};
use crate::feed::{Entry, Fact, FeedCache, Listener, Record, Target};

/// The largest number of cached operators.
const REMEMBERED: usize = 50_000;

/// What an operator may do at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Its status.
    pub status: OperatorStatus,
    /// Whether its role is `admin`.
    pub has_admin_role: bool,
}

impl Standing {
    /// Whether it is an admin: active, with the role `admin`.
    #[must_use]
    pub const fn is_admin(self) -> bool {
        self.has_admin_role && matches!(self.status, OperatorStatus::Active)
    }
}

/// The standing of operators.
pub struct StatusCache(FeedCache<(OrganizationId, OperatorId), Standing>);

impl Default for StatusCache {
    fn default() -> Self {
        Self(FeedCache::new(REMEMBERED))
    }
}

impl StatusCache {
    /// Returns the standing of an operator; `None` if the organization has no such operator.
    ///
    /// # Errors
    /// Returns an error if the database call fails.
    pub async fn get(
        &self,
        db: &Db,
        organization: OrganizationId,
        id: OperatorId,
    ) -> Result<Option<Standing>> {
        if let Some(standing) = self.cached(organization, id) {
            return Ok(Some(standing));
        }
        let since = self.0.begin();
        let operator = db
            .read(move |conn| store::find(conn, organization, id))
            .await?;
        let standing = operator.map(|operator| Standing {
            status: operator.status,
            has_admin_role: operator.profile.role.as_deref() == Some(Roles::ADMIN),
        });
        if let Some(standing) = standing {
            self.0.keep(since, (organization, id), standing);
        }
        Ok(standing)
    }

    /// Returns the standing of an operator, if it is in memory.
    #[must_use]
    pub fn cached(&self, organization: OrganizationId, id: OperatorId) -> Option<Standing> {
        self.0.get(&(organization, id))
    }
}

impl Listener for StatusCache {
    fn apply(&self, entry: &Entry) -> Result<()> {
        if let Fact::Revoked(Target::Operator(id)) | Fact::Changed(Record::Operator(id)) =
            entry.fact
        {
            self.0.forget(&(entry.organization, id));
        }
        Ok(())
    }

    fn reset(&self) -> Result<()> {
        self.0.forget_all();
        Ok(())
    }
}
