//! The scheduled jobs of the audit log: record counted failed logins, purge old lines.

use std::time::Duration;

use super::{FailedLogins, record, store};
use crate::db::{Db, Result};
use crate::duty::Duty;
use crate::uptime::Ticks;

const BATCH: i64 = 5_000;

/// Records the failed logins that are due: the first of each kind, and the rest of every minute
/// that has passed (of all minutes if `stopping`). Returns the number of lines.
///
/// # Errors
/// Returns an error if the database call fails. The events are then only in the service's own log.
pub fn tell_failed_logins(db: &Db, failed: &FailedLogins, stopping: bool) -> Result<usize> {
    let events = failed.due(stopping);
    if events.is_empty() {
        return Ok(0);
    }
    let recorded =
        db.write_blocking(|conn| events.iter().try_for_each(|event| record(conn, event)));
    if recorded.is_err() {
        tracing::warn!(
            ?events,
            "failed logins could not be written to the audit log"
        );
    }
    recorded.map(|()| events.len())
}

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
