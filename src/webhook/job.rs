//! What the clock does for webhooks.

use std::time::Duration;

use super::Dispatcher;
use super::delivery;
use crate::db::{Db, Result};
use crate::duty::Duty;
use crate::uptime::Ticks;

/// How long settled messages can be looked at: beyond the longest time one is tried for.
const KEPT: Duration = Duration::from_hours(7 * 24);

/// Messages deleted in one transaction.
const BATCH: i64 = 1_000;

/// Sends dispatcher to the endpoints that messages are due for; to how many. They go on beyond this call.
///
/// # Errors
/// Those of [`Dispatcher::dispatch_due`].
pub fn deliver(dispatcher: &Dispatcher) -> Result<usize> {
    dispatcher.dispatch_due()
}

/// Deletes messages that were settled and are older than a week, in bounded batches; how many.
///
/// # Errors
/// Those of the database and of the duty.
pub fn purge(db: &Db, duty: &Duty, ticks: &Ticks) -> Result<usize> {
    let Some(horizon) = ticks.horizon(KEPT) else {
        return Ok(0);
    };
    duty.write_all(db, |conn| delivery::purge(conn, horizon, BATCH))
}
