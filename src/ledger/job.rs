//! What the clock does for the ledger.

use std::time::Duration;

use super::store;
use crate::base::Timestamp;
use crate::db::{Db, Result};
use crate::duty::Duty;

/// Lines deleted in one transaction: short enough that issuing does not notice.
const BATCH: i64 = 2_000;

/// Deletes lines whose tokens ended more than `retention` ago; how many.
///
/// # Errors
/// Those of the database and of the duty.
pub fn purge(db: &Db, duty: &Duty, retention: Duration, now: Timestamp) -> Result<usize> {
    let mut total = 0;
    loop {
        let gone = duty.write(db, |conn| store::purge(conn, now.minus(retention), BATCH))?;
        total += gone;
        if gone == 0 {
            return Ok(total);
        }
    }
}
