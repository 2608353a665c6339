//! The scheduled jobs of the ledger.

use std::time::Duration;

use super::store::{self, End};
use super::{Uses, uses};
use crate::db::{Db, Result};
use crate::duty::Duty;
use crate::uptime::Ticks;

/// The number of rows deleted in one transaction: few enough that issuing is not delayed.
const BATCH: i64 = 2_000;

/// The number of uses written in one transaction.
const USES: usize = 1_000;

/// Deletes the rows of tokens that expired more than `retention` ago. Returns their number. That a
/// token has expired is decided by uptime and by the clock that is furthest behind, so a clock that
/// is wrong for a while deletes no row too early.
///
/// # Errors
/// Returns the errors of the database and of the duty.
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

/// Writes when tokens were last used. Returns the number of tokens. Uses that could not be written
/// are kept for the next run.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn write_uses(db: &Db, uses: &Uses) -> Result<usize> {
    let pending = uses.pending();
    for batch in pending.chunks(USES) {
        db.write_statement_blocking(|conn| uses::write(conn, batch))?;
        uses.written(batch);
    }
    Ok(pending.len())
}
