//! Caches records of operators, kept up to date by the feed: what stands behind a token is worked
//! out from them whenever the token is looked at.

use std::sync::Arc;

use super::{Operator, store};
use crate::base::{OperatorId, OrganizationId};
use crate::db::{Db, Result};
use crate::feed::{Entry, Fact, FeedCache, Listener, Record, Target};

/// The largest number of cached operators.
const REMEMBERED: usize = 50_000;

/// Records of operators. Their role, status and username are those of the last applied entry; other
/// members may be older.
pub struct RecordCache(FeedCache<(OrganizationId, OperatorId), Arc<Operator>>);

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
    ) -> Result<Option<Arc<Operator>>> {
        let key = (organization, id);
        if let Some(operator) = self.0.get(&key) {
            return Ok(Some(operator));
        }
        let since = self.0.begin();
        let operator = db
            .read(move |conn| store::find(conn, organization, id))
            .await?
            .map(Arc::new);
        if let Some(operator) = &operator {
            self.0.keep(since, key, Arc::clone(operator));
        }
        Ok(operator)
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
