//! The rows of the ticks, and the row that counts the uptime.

use std::time::Duration;

use diesel::prelude::*;

use super::{Tick, Ticks};
use crate::base::{Sequence, Timestamp};
use crate::db::schema::{audit, service_uptime, ticks};
use crate::db::{Conn, Db, Result};
use crate::on_backend;

const ROW: i64 = 1;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = ticks)]
struct Row {
    seq: Sequence,
    uptime: i64,
    at: Timestamp,
    audit_id: i64,
}

fn micros(span: Duration) -> i64 {
    i64::try_from(span.as_micros()).unwrap_or(i64::MAX)
}

fn span(micros: i64) -> Duration {
    Duration::from_micros(u64::try_from(micros).unwrap_or_default())
}

/// Reads the ticks.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn read(conn: &mut Conn) -> Result<Ticks> {
    let rows: Vec<Row> = ticks::table
        .order(ticks::seq)
        .select(Row::as_select())
        .load(conn)?;
    let tick = |row: Row| Tick {
        seq: row.seq,
        uptime: span(row.uptime),
        at: row.at,
        audit_id: row.audit_id,
    };
    Ok(Ticks::new(rows.into_iter().map(tick).collect()))
}

/// Like [`read`], on this thread.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn load(db: &Db) -> Result<Ticks> {
    db.read_blocking(read)
}

/// Adds to the uptime. Returns the new uptime.
pub(crate) fn add(conn: &mut Conn, more: Duration) -> Result<Duration> {
    let uptime: i64 = diesel::update(service_uptime::table.find(ROW))
        .set(service_uptime::micros.eq(service_uptime::micros + micros(more)))
        .returning(service_uptime::micros)
        .get_result(conn)?;
    Ok(span(uptime))
}

/// Returns the time of the database's machine; `None` if that is this machine.
fn time_of_the_database(conn: &mut Conn) -> Result<Option<Timestamp>> {
    use diesel::dsl::sql;
    use diesel::sql_types::BigInt;
    match conn {
        Conn::Sqlite(_) => Ok(None),
        Conn::Postgres(conn) => {
            let micros = sql::<BigInt>("(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000)::bigint");
            let micros: i64 = diesel::select(micros).get_result(conn)?;
            Ok(Some(Timestamp::from_micros(micros)))
        }
    }
}

/// Writes a tick. With `witnessed`, the database's own clock is read too.
pub(crate) fn insert(
    conn: &mut Conn,
    seq: Sequence,
    uptime: Duration,
    now: Timestamp,
    witnessed: bool,
) -> Result<()> {
    let witness = if witnessed {
        time_of_the_database(conn)?
    } else {
        None
    };
    let last_line: Option<i64> = audit::table
        .select(diesel::dsl::max(audit::id))
        .get_result(conn)?;
    let row = Row {
        seq,
        uptime: micros(uptime),
        at: witness.map_or(now, |witness| witness.min(now)),
        audit_id: last_line.unwrap_or_default(),
    };
    diesel::insert_into(ticks::table)
        .values(&row)
        .execute(conn)?;
    Ok(())
}

/// Deletes the ticks that are no longer needed. Returns their number.
pub(crate) fn thin_out(conn: &mut Conn) -> Result<usize> {
    let needless = read(conn)?.needless();
    let rows = ticks::table.filter(ticks::seq.eq_any(needless));
    Ok(on_backend!(conn, c => diesel::delete(rows).execute(c))?)
}
