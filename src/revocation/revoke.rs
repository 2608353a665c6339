//! Revoking: one row in the feed, in the transaction of whatever else is done; then held in memory before anyone is told.

use std::time::Duration;

use super::{Receipt, Target};
use crate::base::{OrganizationId, Sequence, Timestamp, clock};
use crate::db::{Conn, Db, Error, Result};
use crate::feed::{self, Entry, Feed, Spread};

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
        let committed = clock::boot_time();
        for entry in &entries {
            feed.hold(entry);
        }
        Ok::<_, E>((value, entries.last().copied(), committed, feed))
    };
    let (value, last, committed, feed) = db.run(work).await?;
    let Some(last) = last else {
        return Ok((value, Receipt::already(&feed)));
    };
    let db = db.clone();
    let wait = move || feed::spread(&db, last.seq, Some(feed.node()), committed);
    let spread = tokio::task::spawn_blocking(wait).await;
    let spread = spread.map_err(|why| Error::Internal(why.to_string()))?;
    Ok((value, Receipt::new(last.seq, spread, began)))
}

/// The same for a process that serves nothing itself.
///
/// # Errors
/// As [`commit`].
pub fn commit_from_outside<T, E: From<Error>>(
    db: &Db,
    body: impl FnOnce(&mut Conn) -> std::result::Result<(T, Vec<Entry>), E>,
) -> std::result::Result<(T, Option<Receipt>), E> {
    let began = clock::boot_time();
    let (value, entries) = db.write_blocking(body)?;
    let committed = clock::boot_time();
    let receipt = entries
        .last()
        .map(|last| Receipt::new(last.seq, feed::spread(db, last.seq, None, committed), began));
    Ok((value, receipt))
}

impl Receipt {
    fn new(sequence: Sequence, spread: Spread, began: Duration) -> Self {
        let took = clock::boot_time().saturating_sub(began);
        Self {
            sequence,
            took,
            nodes: spread.nodes,
            confirmed: spread.confirmed,
        }
    }

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
