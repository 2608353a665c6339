//! What the clock does for the ledger.

use std::time::Duration;

use super::store::{self, End};
use super::{Uses, uses};
use crate::db::{Db, Result};
use crate::duty::Duty;
use crate::uptime::Ticks;

/// Lines deleted in one transaction: short enough that issuing does not notice.
const BATCH: i64 = 2_000;

/// Uses written down in one transaction.
const USES: usize = 1_000;

/// Deletes lines whose tokens ended more than `retention` ago; how many. That they have is told by uptime, and by the most cautious
/// clock there was: one that is wrong for a while has no line deleted that is still wanted.
///
/// # Errors
/// Those of the database and of the duty.
pub fn purge(db: &Db, duty: &Duty, retention: Duration, ticks: &Ticks) -> Result<usize> {
    let Some(horizon) = ticks.horizon(retention) else {
        return Ok(0);
    };
    let mut gone = 0;
    for end in [End::Own, End::Rotation] {
        let mut after = None;
        loop {
            let page = db.read_blocking(|conn| store::ended(conn, end, horizon, after, BATCH))?;
            after = page.last().copied();
            if after.is_none() {
                break;
            }
            gone += duty.write(db, |conn| store::purge(conn, &page, ticks))?;
        }
    }
    Ok(gone)
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
