//! The queries on sealed columns, in any table. The names in the statements come from
//! [`SEALED`](super::SEALED), never from a caller.

use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Binary, Bool, Text};

use super::{Sealed, SealedColumn};
use crate::db::schema::signing_keys;
use crate::db::{Conn, Result};
use crate::on_backend;

/// A sealed value and the row that it is in.
#[derive(QueryableByName)]
pub(super) struct Row {
    /// The address of the row: SQLite's `rowid`, PostgreSQL's `ctid`. It stays the same within the
    /// transaction because the row is locked.
    #[diesel(sql_type = Text)]
    place: String,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Binary)]
    value: Vec<u8>,
    #[diesel(sql_type = Text)]
    sealed_by: String,
    #[diesel(sql_type = Bool)]
    needed: bool,
}

impl Row {
    /// Returns the name that the value is bound to.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Whether the value may be unsealed again.
    pub(super) const fn is_needed(&self) -> bool {
        self.needed
    }

    pub(super) fn sealed(&self) -> Sealed {
        Sealed {
            value: self.value.clone(),
            by: self.sealed_by.clone(),
        }
    }
}

#[derive(QueryableByName)]
struct By {
    #[diesel(sql_type = Text)]
    sealed_by: String,
}

/// Returns the fingerprint of the master key that sealed the oldest signing key in use. `None` if
/// no key is in use.
pub(super) fn active_key_sealed_by(conn: &mut Conn) -> Result<Option<String>> {
    Ok(signing_keys::table
        .filter(signing_keys::state.eq("active"))
        .order((signing_keys::created_at, signing_keys::kid))
        .select(signing_keys::sealed_by)
        .first(conn)
        .optional()?)
}

/// Returns the fingerprint of a master key that sealed a value of the column. `None` if it has
/// none.
pub(super) fn any(conn: &mut Conn, of: &SealedColumn) -> Result<Option<String>> {
    let SealedColumn {
        table, column, by, ..
    } = of;
    let text = format!("SELECT {by} AS sealed_by FROM {table} WHERE LENGTH({column}) > 0 LIMIT 1");
    let row: Option<By> = on_backend!(conn, c => sql_query(text).get_result(c)).optional()?;
    Ok(row.map(|row| row.sealed_by))
}

/// Returns the values that a master key other than `fingerprint` sealed, locked until the
/// transaction ends.
pub(super) fn sealed_by_others(
    conn: &mut Conn,
    of: &SealedColumn,
    fingerprint: &str,
) -> Result<Vec<Row>> {
    let (place, lock) = match conn {
        Conn::Sqlite(_) => ("CAST(rowid AS TEXT)", ""),
        Conn::Postgres(_) => ("ctid::text", "FOR UPDATE"),
    };
    let SealedColumn {
        table,
        column,
        by,
        name,
        needed,
        ..
    } = of;
    let text = format!(
        "SELECT {place} AS place, {name} AS name, {column} AS value, {by} AS sealed_by, ({needed}) AS needed \
         FROM {table} WHERE {by} <> $1 AND LENGTH({column}) > 0 {lock}"
    );
    let query = sql_query(text).bind::<Text, _>(fingerprint);
    Ok(on_backend!(conn, c => query.load(c))?)
}

/// Replaces the value of a row that [`sealed_by_others`] returned by `sealed`.
pub(super) fn replace(
    conn: &mut Conn,
    of: &SealedColumn,
    row: &Row,
    sealed: &Sealed,
) -> Result<()> {
    let place = match conn {
        Conn::Sqlite(_) => "rowid = CAST($3 AS INTEGER)",
        Conn::Postgres(_) => "ctid = $3::tid",
    };
    let SealedColumn {
        table, column, by, ..
    } = of;
    let text = format!("UPDATE {table} SET {column} = $1, {by} = $2 WHERE {place}");
    let query = sql_query(text)
        .bind::<Binary, _>(&sealed.value)
        .bind::<Text, _>(&sealed.by)
        .bind::<Text, _>(&row.place);
    on_backend!(conn, c => query.execute(c))?;
    Ok(())
}
