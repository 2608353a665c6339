//! The rows of ticks, and the one that counts.

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

/// The ticks there are.
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

/// The same, on this thread.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn load(db: &Db) -> Result<Ticks> {
    db.read_blocking(read)
}

/// Adds to the uptime; what it is then.
pub(crate) fn add(conn: &mut Conn, more: Duration) -> Result<Duration> {
    let uptime: i64 = diesel::update(service_uptime::table.find(ROW))
        .set(service_uptime::micros.eq(service_uptime::micros + micros(more)))
        .returning(service_uptime::micros)
        .get_result(conn)?;
    Ok(span(uptime))
}

/// What the database's machine says the time is; `None` if that is this machine.
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

/// Writes a tick down. `witnessed` has the database's own clock looked at too.
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

/// Deletes the ticks that no law needs any more; how many.
pub(crate) fn thin_out(conn: &mut Conn) -> Result<usize> {
    let needless = read(conn)?.needless();
    let rows = ticks::table.filter(ticks::seq.eq_any(needless));
    Ok(on_backend!(conn, c => diesel::delete(rows).execute(c))?)
}
