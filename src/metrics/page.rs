//! The page that Prometheus reads.

use super::Metrics;
use crate::db::Db;
use crate::duty::Duty;
use crate::feed::{Feed, Relay};

impl Metrics {
    /// Returns the page. Gauges that are read rather than counted are read now.
    ///
    /// # Errors
    /// Returns an error if the text cannot be written.
    pub fn page(
        &self,
        feed: &Feed,
        duty: &Duty,
        relay: &Relay,
        db: &Db,
    ) -> Result<String, std::fmt::Error> {
        self.jobs.on_duty.set(duty.is_on().into());
        self.feed_sequence.set(feed.applied().0);
        self.feed_entries
            .set(i64::try_from(feed.index().len()).unwrap_or(i64::MAX));
        let streams = relay.open_readers();
        self.streams.set(i64::try_from(streams).unwrap_or(i64::MAX));
        let (in_use, open) = db.usage();
        self.pool_in_use.set(in_use.into());
        self.pool_open.set(open.into());
        self.database_callers
            .set(i64::try_from(db.callers()).unwrap_or(i64::MAX));
        let mut page = String::new();
        prometheus_client::encoding::text::encode(&mut page, &self.registry)?;
        Ok(page)
    }
}
