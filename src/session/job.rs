//! The jobs of browser sessions: they delete sessions that have ended, and requests, pushed or not,
//! that have expired, and count open sessions for the metrics.

use std::time::Duration;

use super::{Lives, REQUEST_LIFETIME, store};
use crate::base::Timestamp;
use crate::db::{Db, Result};
use crate::duty::Duty;
use crate::token::CONSOLE_SESSION_LIMIT;
use crate::uptime::Ticks;

/// The largest number of rows that one transaction deletes.
const BATCH: i64 = 2_000;

/// How long a form of the console works once only. Its page was made for a session, which lasts no
/// longer.
const FORMS_KEPT: Duration = CONSOLE_SESSION_LIMIT;

/// Deletes browser sessions that were idle for longer than `idle`, console sessions that were idle for
/// longer than `console_idle`, and requests and forms that have expired, in bounded batches. The time
/// is measured by uptime, so a clock that is wrong for a while ends no session. Returns the number of
/// rows.
///
/// # Errors
/// Returns the errors of the database and of the duty.
pub fn purge(
    db: &Db,
    duty: &Duty,
    (idle, console_idle): (Duration, Duration),
    ticks: &Ticks,
) -> Result<usize> {
    let mut gone = 0;
    if let Some(before) = ticks.over_for(idle) {
        gone += duty.write_all(db, |conn| store::purge_sessions(conn, before, BATCH))?;
    }
    if let Some(before) = ticks.over_for(console_idle) {
        gone += duty.write_all(db, |conn| store::console::purge(conn, before, BATCH))?;
        gone += duty.write_all(db, |conn| store::console::purge_ended(conn, before, BATCH))?;
    }
    if let Some(before) = ticks.over_for(FORMS_KEPT) {
        gone += duty.write_all(db, |conn| store::console::purge_forms(conn, before, BATCH))?;
    }
    if let Some(before) = ticks.over_for(Duration::ZERO) {
        gone += duty.write_all(db, |conn| store::purge_requests(conn, before, BATCH))?;
    }
    // A page may be open for that long after its pushed request has expired.
    if let Some(before) = ticks.over_for(REQUEST_LIFETIME) {
        gone += duty.write_all(db, |conn| store::purge_pushed(conn, before, BATCH))?;
    }
    Ok(gone)
}

/// Returns the number of open browser sessions of all organizations. A session that was revoked
/// counts until it would have been idle.
///
/// # Errors
/// Returns the errors of the database.
pub fn count_open(db: &Db, lives: Lives, now: Timestamp) -> Result<i64> {
    db.read_blocking(|conn| store::count_open(conn, lives, now))
}

/// Returns the number of open console sessions of all organizations, like [`count_open`].
///
/// # Errors
/// Returns the errors of the database.
pub fn count_open_consoles(db: &Db, lives: Lives, now: Timestamp) -> Result<i64> {
    db.read_blocking(|conn| store::console::count_open(conn, lives, now))
}
