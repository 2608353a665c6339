//! The job of replay: it raises the floor, and deletes values that are far enough below it.

use super::store;
use crate::db::{Db, Error, Result};
use crate::duty::Duty;
use crate::uptime::Ticks;

/// The largest number of values that one transaction deletes.
const BATCH: i64 = 2_000;

/// Raises the floor as far as the uptime allows, and deletes, in bounded batches, the values that
/// were below the floor before its last rise. Returns the number of deleted values.
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
