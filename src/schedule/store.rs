//! The rows of the jobs: when each last ran, and which is to run at once. The next node on duty reads
//! them.

use std::collections::HashMap;

use diesel::prelude::*;

use super::due::Record;
use crate::base::Timestamp;
use crate::db::schema::jobs;
use crate::db::{Conn, Result};
use crate::on_backend;

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = jobs, treat_none_as_default_value = false, treat_none_as_null = true)]
struct Row {
    name: String,
    ran_at: Option<Timestamp>,
    failed_at: Option<Timestamp>,
    failures: i64,
}

/// Returns the records of all jobs that ran.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn load(conn: &mut Conn) -> Result<HashMap<String, Record>> {
    let rows: Vec<Row> = jobs::table.select(Row::as_select()).load(conn)?;
    let record = |row: Row| {
        let record = Record {
            ran_at: row.ran_at,
            failed_at: row.failed_at,
            failures: row.failures,
        };
        (row.name, record)
    };
    Ok(rows.into_iter().map(record).collect())
}

/// Writes the record of a run. `wanted` is the request that the run has answered, if there was one: one
/// that came meanwhile stays.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn save(
    conn: &mut Conn,
    name: &str,
    record: Option<&Record>,
    wanted: Option<Timestamp>,
) -> Result<()> {
    if let Some(record) = record {
        let row = Row {
            name: name.to_owned(),
            ran_at: record.ran_at,
            failed_at: record.failed_at,
            failures: record.failures,
        };
        on_backend!(conn, c => diesel::insert_into(jobs::table)
            .values(&row)
            .on_conflict(jobs::name)
            .do_update()
            .set(&row)
            .execute(c))?;
    }
    if let Some(wanted) = wanted {
        let answered = jobs::table.find(name).filter(jobs::wanted_at.eq(wanted));
        diesel::update(answered)
            .set(jobs::wanted_at.eq(None::<Timestamp>))
            .execute(conn)?;
    }
    Ok(())
}

/// Stores that a job is to run at once.
pub(super) fn want(conn: &mut Conn, name: &str, now: Timestamp) -> Result<()> {
    let row = (
        jobs::name.eq(name),
        jobs::failures.eq(0),
        jobs::wanted_at.eq(now),
    );
    on_backend!(conn, c => diesel::insert_into(jobs::table)
        .values(row)
        .on_conflict(jobs::name)
        .do_update()
        .set(jobs::wanted_at.eq(now))
        .execute(c))?;
    Ok(())
}

/// Returns the jobs that are to run at once, each with the time of the request.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn wanted(conn: &mut Conn) -> Result<Vec<(String, Timestamp)>> {
    let rows: Vec<(String, Option<Timestamp>)> = jobs::table
        .filter(jobs::wanted_at.is_not_null())
        .select((jobs::name, jobs::wanted_at))
        .load(conn)?;
    let wanted = rows.into_iter();
    Ok(wanted.filter_map(|(name, at)| Some((name, at?))).collect())
}
