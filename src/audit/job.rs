//! The job of the audit log: delete lines that are older than the retention.

use std::time::Duration;

use super::store;
use crate::db::{Db, Result};
use crate::duty::Duty;
use crate::uptime::Ticks;

const BATCH: i64 = 5_000;

/// Deletes lines written more than `retention` of uptime ago, in bounded batches. Returns their
/// number.
///
/// # Errors
/// Returns the errors of the database and of the duty.
pub fn purge(db: &Db, duty: &Duty, retention: Duration, ticks: &Ticks) -> Result<usize> {
    let Some(last) = ticks.audit_horizon(retention) else {
        return Ok(0);
    };
    duty.write_all(db, |conn| store::purge(conn, last, BATCH))
}
