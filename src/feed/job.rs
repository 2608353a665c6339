//! What the scheduler runs for the feed.

use super::store;
use crate::db::{Db, Result};
use crate::duty::Duty;
use crate::uptime::Ticks;

/// Entries deleted in one transaction: few enough not to delay a waiting revoke noticeably.
const BATCH: i64 = 500;

/// Deletes entries that are no longer needed ([`super::is_spent`]). Returns their number.
///
/// # Errors
/// Returns an error if the database fails or another node has taken over the duty.
pub fn purge(db: &Db, duty: &Duty, ticks: &Ticks) -> Result<usize> {
    duty.write_all(db, |conn| store::purge(conn, ticks, BATCH))
}
