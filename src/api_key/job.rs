//! The job that purges texts and signing secrets of API keys that have ended, old lines of their use,
//! networks from which they were not used for long, and processes that write no uses any more.

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

/// How long the number of the last batch of a process is kept.
const WRITERS: Duration = Duration::from_hours(30 * 24);

/// A batch of a purge.
type Purge = fn(&mut Conn, Timestamp, i64) -> Result<usize>;

/// Deletes texts and secrets that ended 30 days ago according to every clock, lines of use older than
/// `retention`, networks that were not seen for 90 days, and processes that have written no use for
/// 30 days. Returns how many rows it deleted.
///
/// # Errors
/// Returns the errors of the database and of the duty.
pub fn purge(db: &Db, duty: &Duty, retention: Duration, ticks: &Ticks) -> Result<usize> {
    let mut gone = 0;
    let purges: [(Duration, Purge); 5] = [
        (KEPT, store::purge_texts),
        (KEPT, store::purge_secrets),
        (retention, uses::purge),
        (WRITERS, uses::purge_writers),
        (Duration::ZERO, uses::purge_networks),
    ];
    for (after, purge) in purges {
        if let Some(horizon) = ticks.horizon(after) {
            gone += duty.write_all(db, |conn| purge(conn, horizon, BATCH))?;
        }
    }
    Ok(gone)
}
