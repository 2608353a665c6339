//! Revoking: one row in the feed, in the transaction of whatever else is done; then held in memory before anyone is told.

use std::time::Duration;

use super::{Receipt, Target};
use crate::base::{OrganizationId, Timestamp, clock};
use crate::db::{Conn, Db, Error, Result};
use crate::feed::{self, Entry, Feed};

/// Writes the entry. The caller's transaction tells why in the audit log.
///
/// # Errors
/// Those of the database.
pub fn write(
    conn: &mut Conn,
    organization: OrganizationId,
    target: Target,
    now: Timestamp,
) -> Result<Entry> {
    feed::append(conn, organization, target.fact(), now, target.until(now))
}

/// Runs a transaction that yields entries and returns once they hold on every node. It runs to its end even when the
/// caller goes away.
///
/// # Errors
/// Those of `body` and of the database; then nothing is revoked.
pub async fn commit<T, E>(
    db: &Db,
    feed: std::sync::Arc<Feed>,
    body: impl FnOnce(&mut Conn) -> std::result::Result<(T, Vec<Entry>), E> + Send + 'static,
) -> std::result::Result<(T, Receipt), E>
where
    T: Send + 'static,
    E: From<Error> + Send + 'static,
{
    let began = clock::boot_time();
    let work = move |db: &Db| {
        let (value, entries) = db.write_blocking(body)?;
        entries.iter().for_each(|entry| feed.hold(entry));
        let sequence = entries
            .last()
            .map_or_else(|| feed.applied(), |entry| entry.seq);
        Ok::<_, E>((value, sequence))
    };
    let (value, sequence) = db.run(work).await?;
    let took = clock::boot_time().saturating_sub(began);
    Ok((
        value,
        Receipt {
            sequence,
            took,
            nodes: 1,
            confirmed: 1,
        },
    ))
}

impl Receipt {
    /// The receipt for what was dead already: nothing is written, it holds.
    #[must_use]
    pub fn already(feed: &Feed) -> Self {
        Self {
            sequence: feed.applied(),
            took: Duration::ZERO,
            nodes: 1,
            confirmed: 1,
        }
    }
}
