//! The row of the node on duty.

use std::time::Duration;

use diesel::prelude::*;

use crate::base::Timestamp;
use crate::db::schema::{duties, jobs};
use crate::db::{Conn, Result};

/// The name of the only duty.
const JOBS: &str = "jobs";

/// The holder's id in a row without a holder.
pub(super) const NOBODY: i64 = 0;

/// The row of the node on duty, as other nodes read it.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = duties)]
pub(super) struct Row {
    pub(super) holder: i64,
    pub(super) term: i64,
    pub(super) beats: i64,
    pub(super) lease: i64,
}

impl Row {
    pub(super) fn lease(&self) -> Duration {
        Duration::from_micros(u64::try_from(self.lease).unwrap_or_default())
    }
}

pub(super) fn read(conn: &mut Conn) -> Result<Row> {
    Ok(duties::table
        .find(JOBS)
        .select(Row::as_select())
        .get_result(conn)?)
}

/// Returns the number of the node on duty. `None` if there is none.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn holder(conn: &mut Conn) -> Result<Option<i64>> {
    Ok(Some(read(conn)?.holder).filter(|holder| *holder != NOBODY))
}

/// Takes over if the row has not changed since `seen`. Returns the new term; `None` if the row has
/// changed.
pub(super) fn take(conn: &mut Conn, node: i64, lease: Duration, seen: &Row) -> Result<Option<i64>> {
    let still = duties::table
        .find(JOBS)
        .filter(duties::term.eq(seen.term))
        .filter(duties::beats.eq(seen.beats));
    Ok(diesel::update(still)
        .set((
            duties::holder.eq(node),
            duties::term.eq(duties::term + 1),
            duties::beats.eq(duties::beats + 1),
            duties::lease.eq(i64::try_from(lease.as_micros()).unwrap_or(i64::MAX)),
        ))
        .returning(duties::term)
        .get_result(conn)
        .optional()?)
}

/// Writes a heartbeat, and keeps the row locked until the transaction ends. Returns whether this
/// node still holds the duty.
pub(super) fn beat(conn: &mut Conn, node: i64, term: i64) -> Result<bool> {
    let own = duties::table
        .find(JOBS)
        .filter(duties::holder.eq(node))
        .filter(duties::term.eq(term));
    let rows = diesel::update(own)
        .set(duties::beats.eq(duties::beats + 1))
        .execute(conn)?;
    Ok(rows == 1)
}

/// Clears the holder if it is still this node.
pub(super) fn leave(conn: &mut Conn, node: i64, term: i64) -> Result<()> {
    let own = duties::table
        .find(JOBS)
        .filter(duties::holder.eq(node))
        .filter(duties::term.eq(term));
    diesel::update(own)
        .set((
            duties::holder.eq(NOBODY),
            duties::beats.eq(duties::beats + 1),
        ))
        .execute(conn)?;
    Ok(())
}

/// Returns when a job last ran to its end. `None` if it never did.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn last_run(conn: &mut Conn, job: &str) -> Result<Option<Timestamp>> {
    let found: Option<Option<Timestamp>> = jobs::table
        .find(job)
        .select(jobs::ran_at)
        .first(conn)
        .optional()?;
    Ok(found.flatten())
}
