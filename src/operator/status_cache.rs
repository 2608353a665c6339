//! Caches the status of operators, kept up to date by the feed: issuing reads it for every token.

use super::{OperatorStatus, store};
use crate::base::{OperatorId, OrganizationId};
use crate::db::{Db, Result};
use crate::feed::{Entry, Fact, FeedCache, Listener, Record, Target};

/// The largest number of cached operators.
const REMEMBERED: usize = 50_000;

/// The status of operators for whom tokens are issued.
pub struct StatusCache(FeedCache<(OrganizationId, OperatorId), OperatorStatus>);

impl Default for StatusCache {
    fn default() -> Self {
        Self(FeedCache::new(REMEMBERED))
    }
}

impl StatusCache {
    /// Returns the status of an operator; `None` if the organization has no such operator.
    ///
    /// # Errors
    /// Returns an error if the database call fails.
    pub async fn get(
        &self,
        db: &Db,
        organization: OrganizationId,
        id: OperatorId,
    ) -> Result<Option<OperatorStatus>> {
        let key = (organization, id);
        if let Some(status) = self.0.get(&key) {
            return Ok(Some(status));
        }
        let since = self.0.begin();
        let status = db
            .read(move |conn| store::find(conn, organization, id))
            .await?
            .map(|operator| operator.status);
        if let Some(status) = status {
            self.0.keep(since, key, status);
        }
        Ok(status)
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
