//! The job that purges texts and signing secrets of API keys that have ended, and old lines of their
//! use.

use std::time::Duration;

use super::{store, uses};
use crate::base::Timestamp;
use crate::db::{Conn, Db, Result};
use crate::duty::Duty;
use crate::uptime::Ticks;

/// The largest number of rows that one transaction deletes.
const BATCH: i64 = 1_000;

/// How long a text or secret that has ended is kept: for so long it is `expired`, and then unknown.
const KEPT: Duration = Duration::from_hours(30 * 24);

/// A batch of a purge.
type Purge = fn(&mut Conn, Timestamp, i64) -> Result<usize>;

/// Deletes texts and secrets that ended 30 days ago according to every clock, and lines of use older than
/// `retention`. Returns how many rows it deleted.
///
/// # Errors
/// Returns the errors of the database and of the duty.
pub fn purge(db: &Db, duty: &Duty, retention: Duration, ticks: &Ticks) -> Result<usize> {
    let mut gone = 0;
    let purges: [(Duration, Purge); 3] = [
        (KEPT, store::purge_texts),
        (KEPT, store::purge_secrets),
        (retention, uses::purge),
    ];
    for (after, purge) in purges {
        if let Some(horizon) = ticks.horizon(after) {
            gone += duty.write_all(db, |conn| purge(conn, horizon, BATCH))?;
        }
    }
    Ok(gone)
}
