//! The job of the platform: it deletes sessions that have ended, and forms that were sent long ago.

use std::time::Duration;

use super::store;
use crate::db::{Db, Result};
use crate::duty::Duty;
use crate::token::CONSOLE_SESSION_LIMIT;
use crate::uptime::Ticks;

/// The largest number of rows that one transaction deletes.
const BATCH: i64 = 2_000;

/// How long a form works once only. Its page was made for a session, which lasts no longer.
const FORMS_KEPT: Duration = CONSOLE_SESSION_LIMIT;

/// Deletes sessions that were idle for longer than `idle`, and forms that were sent long ago, in
/// bounded batches. The time is measured by uptime, so a clock that is wrong for a while ends no
/// session. Returns the number of rows.
///
/// # Errors
/// Returns the errors of the database and of the duty.
pub fn purge(db: &Db, duty: &Duty, idle: Duration, ticks: &Ticks) -> Result<usize> {
    let mut gone = 0;
    if let Some(before) = ticks.over_for(idle) {
        gone += duty.write_all(db, |conn| store::purge_sessions(conn, before, BATCH))?;
        gone += duty.write_all(db, |conn| store::purge_ended(conn, before, BATCH))?;
    }
    if let Some(before) = ticks.over_for(FORMS_KEPT) {
        gone += duty.write_all(db, |conn| store::purge_forms(conn, before, BATCH))?;
    }
    Ok(gone)
}
