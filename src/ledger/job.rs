//! What the clock does for the ledger.

use std::time::Duration;

use super::{Uses, store, uses};
use crate::base::Timestamp;
use crate::db::{Db, Result};
use crate::duty::Duty;

/// Lines deleted in one transaction: short enough that issuing does not notice.
const BATCH: i64 = 2_000;

/// Uses written down in one transaction.
const USES: usize = 1_000;

/// Deletes lines whose tokens ended more than `retention` ago; how many.
///
/// # Errors
/// Those of the database and of the duty.
pub fn purge(db: &Db, duty: &Duty, retention: Duration, now: Timestamp) -> Result<usize> {
    duty.write_all(db, |conn| store::purge(conn, now.minus(retention), BATCH))
}

/// Writes down when tokens were last used; how many. What could not be written waits for the next time.
///
/// # Errors
/// Those of the database.
pub fn write_uses(db: &Db, uses: &Uses) -> Result<usize> {
    let pending = uses.pending();
    for batch in pending.chunks(USES) {
        db.write_statement_blocking(|conn| uses::write(conn, batch))?;
        uses.written(batch);
    }
    Ok(pending.len())
}
