//! What the clock does for the feed.

use super::store;
use crate::db::{Db, Result};
use crate::duty::Duty;
use crate::uptime::Ticks;

/// Entries deleted in one transaction: few enough that a revoke that waits for it does not notice.
const BATCH: i64 = 500;

/// Deletes entries that are spent ([`super::is_spent`]); how many.
///
/// # Errors
/// Those of the database and of the duty.
pub fn purge(db: &Db, duty: &Duty, ticks: &Ticks) -> Result<usize> {
    duty.write_all(db, |conn| store::purge(conn, ticks, BATCH))
}
