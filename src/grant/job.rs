//! The job that purges grants and what follows from them.

use std::time::Duration;

use super::store;
use crate::base::Timestamp;
use crate::db::{Conn, Db, Result};
use crate::duty::Duty;
use crate::uptime::Ticks;

/// The largest number of rows that one transaction deletes.
const BATCH: i64 = 1_000;

/// A batch of a purge.
type Purge = fn(&mut Conn, Timestamp, i64) -> Result<usize>;

/// Deletes codes, device codes, refresh tokens, opaque tokens and grants that have expired according
/// to every clock, wrong user codes that no longer count, and consents of operators and clients that
/// have no grant any more. Returns how many rows it processed.
///
/// # Errors
/// Returns the errors of the database and of the duty.
pub fn purge(db: &Db, duty: &Duty, ticks: &Ticks) -> Result<usize> {
    let Some(horizon) = ticks.horizon(Duration::ZERO) else {
        return Ok(0);
    };
    let purges: [Purge; 7] = [
        store::purge_codes,
        store::purge_device_codes,
        store::purge_refresh_tokens,
        store::purge_opaque_tokens,
        store::purge_grants,
        store::purge_consents,
        store::purge_device_guesses,
    ];
    let mut gone = 0;
    for purge in purges {
        gone += duty.write_all(db, |conn| purge(conn, horizon, BATCH))?;
    }
    Ok(gone)
}
