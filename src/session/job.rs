//! The job of browser sessions: it deletes those that have expired.

use std::time::Duration;

use super::expired::store;
use crate::db::{Db, Result};
use crate::duty::Duty;
use crate::uptime::Ticks;

/// The largest number of rows that one transaction deletes.
const BATCH: i64 = 1_000;

/// Deletes sessions that were idle for longer than `idle` according to every clock, and requests of
/// clients that expired. Returns how many.
///
/// # Errors
/// Returns the errors of the database and of the duty.
pub fn purge(db: &Db, duty: &Duty, idle: Duration, ticks: &Ticks) -> Result<usize> {
    let mut gone = 0;
    if let Some(horizon) = ticks.horizon(idle) {
        gone += duty.write_all(db, |conn| store::purge_sessions(conn, horizon, BATCH))?;
    }
    if let Some(horizon) = ticks.horizon(Duration::ZERO) {
        gone += duty.write_all(db, |conn| store::purge_requests(conn, horizon, BATCH))?;
    }
    Ok(gone)
}
