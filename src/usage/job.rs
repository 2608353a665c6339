//! The jobs on the node on duty: how many tokens are live, and the purge of old rows.

use super::{Grain, store};
use crate::base::{OrganizationId, Timestamp};
use crate::db::{Db, Result};
use crate::duty::Duty;
use crate::uptime::Ticks;

pub use super::series::LIVE_EVERY;

/// The largest number of rows that one transaction deletes.
const BATCH: i64 = 1_000;

/// Stores how many tokens of each organization are live, as they were counted at `now`. Returns the
/// number of organizations.
///
/// # Errors
/// Returns the errors of the database and of the duty.
pub fn write_live(
    db: &Db,
    duty: &Duty,
    live: &[(OrganizationId, i64)],
    now: Timestamp,
) -> Result<usize> {
    duty.write(db, |conn| store::set_live(conn, live, now))
}

/// Deletes rows that have been kept for as long as [`Grain::kept`] says, in bounded batches. Returns
/// the number of rows.
///
/// # Errors
/// Returns the errors of the database and of the duty.
pub fn purge(db: &Db, duty: &Duty, ticks: &Ticks) -> Result<usize> {
    let mut gone = 0;
    for grain in Grain::ALL {
        if let Some(before) = ticks.over_for(grain.kept()) {
            gone += duty.write_all(db, |conn| store::purge(conn, grain, before, BATCH))?;
        }
    }
    Ok(gone)
}
