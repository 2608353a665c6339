//! The job of replay: it raises the floor, and deletes values far enough below it.

use super::store;
use crate::db::{Db, Error, Result};
use crate::duty::Duty;
use crate::uptime::Ticks;

/// Values deleted in one transaction.
const BATCH: i64 = 2_000;

/// Raises the floor as the uptime allows, and deletes the values that were below it before, in bounded
/// batches. Returns how many were deleted.
///
/// # Errors
/// Returns the errors of the database and of the duty.
pub fn purge(db: &Db, duty: &Duty, ticks: &Ticks) -> Result<usize> {
    let floor = duty.write(db, |conn| {
        let floor = store::floor(conn)?;
        let raised = floor.raise(ticks);
        if raised != floor {
            store::set_floor(conn, &raised)?;
        }
        Ok::<_, Error>(raised)
    })?;
    duty.write_all(db, |conn| store::purge(conn, floor.settled, BATCH))
}
