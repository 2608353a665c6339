//! The jobs of webhooks.

use std::time::Duration;

use super::Dispatcher;
use super::delivery;
use crate::db::{Db, Result};
use crate::duty::Duty;
use crate::uptime::Ticks;

/// How long settled messages are kept: longer than the longest time for which one is tried.
const KEPT: Duration = Duration::from_hours(7 * 24);

/// The largest number of messages that one transaction deletes.
const BATCH: i64 = 1_000;

/// Starts threads for the endpoints that have due messages. Returns the number of threads. They
/// continue to run after this call.
///
/// # Errors
/// Returns the errors of [`Dispatcher::dispatch_due`].
pub fn deliver(dispatcher: &Dispatcher) -> Result<usize> {
    dispatcher.dispatch_due()
}

/// Deletes settled messages that are older than a week, in bounded batches. Returns the number of
/// deleted messages.
///
/// # Errors
/// Returns the errors of the database and of the duty.
pub fn purge(db: &Db, duty: &Duty, ticks: &Ticks) -> Result<usize> {
    let Some(horizon) = ticks.horizon(KEPT) else {
        return Ok(0);
    };
    duty.write_all(db, |conn| delivery::purge(conn, horizon, BATCH))
}
