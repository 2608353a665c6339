//! Caches the members of operators that decisions about a token need. The feed keeps it up to date.
//! It is read whenever a token of an operator is checked.

use super::{Operator, OperatorStatus, store};
use crate::base::{OperatorId, OrganizationId};
use crate::db::{Db, Result};
use crate::feed::{Entry, Fact, FeedCache, Listener, Record, Target};

/// The largest number of cached operators.
const REMEMBERED: usize = 50_000;

/// The operator behind a token: the members of its record whose changes are entries of the feed.
/// A caller that needs another member reads the record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Behind {
    /// Its id.
    pub id: OperatorId,
    /// Its status.
    pub status: OperatorStatus,
    /// Its role. `None` if it has none.
    pub role: Option<String>,
    /// The name that it signs in with. `None` if it has none.
    pub username: Option<String>,
}

impl From<Operator> for Behind {
    fn from(operator: Operator) -> Self {
        Self {
            id: operator.id,
            status: operator.status,
            role: operator.profile.role,
            username: operator.profile.username,
        }
    }
}

/// The operators behind tokens, as of the last applied entry.
pub struct RecordCache(FeedCache<(OrganizationId, OperatorId), Behind>);

impl Default for RecordCache {
    fn default() -> Self {
        Self(FeedCache::new(REMEMBERED))
    }
}

impl RecordCache {
    /// Returns an operator; `None` if the organization has no such operator.
    ///
    /// # Errors
    /// Returns an error if the database call fails.
    pub async fn get(
        &self,
        db: &Db,
        organization: OrganizationId,
        id: OperatorId,
    ) -> Result<Option<Behind>> {
        let key = (organization, id);
        if let Some(behind) = self.0.get(&key) {
            return Ok(Some(behind));
        }
        let since = self.0.begin();
        let found = db
            .read(move |conn| store::find(conn, organization, id))
            .await?;
        let behind = found.map(Behind::from);
        if let Some(behind) = &behind {
            self.0.keep(since, key, behind.clone());
        }
        Ok(behind)
    }
}

impl Listener for RecordCache {
    fn apply(&self, entry: &Entry) -> Result<()> {
        if let Fact::Revoked(Target::Operator(id) | Target::Sessions { operator: id, .. })
        | Fact::Changed(Record::Operator(id)) = entry.fact
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
