//! The rows of the jobs: when each last ran. The next node on duty reads them.

use std::collections::HashMap;

use diesel::prelude::*;

use super::pace::Record;
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

pub(super) fn load(conn: &mut Conn) -> Result<HashMap<String, Record>> {
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

pub(super) fn save(conn: &mut Conn, name: &str, record: &Record) -> Result<()> {
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
    Ok(())
}
