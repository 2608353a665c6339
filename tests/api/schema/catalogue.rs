//! The tables as the catalogue of each database describes them, and as `src/db/schema.rs` does.

use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Text};
use diesel::{PgConnection, SqliteConnection, sql_query};

/// A column as the catalogue of a database describes it.
#[derive(Debug, QueryableByName)]
struct Found {
    #[diesel(sql_type = Text)]
    in_table: String,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Bool)]
    nullable: bool,
    /// Its position in the primary key, from 1; 0 if it is not part of the key.
    #[diesel(sql_type = BigInt)]
    place_in_key: i64,
}

/// A column as Diesel's `table!` has it: its name, `BigInt` or `Nullable<BigInt>`, and so on.
pub(super) type Column = (String, String);

#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Table {
    pub(super) columns: Vec<Column>,
    key: Vec<String>,
}

pub(super) type Schema = BTreeMap<String, Table>;

fn schema(found: Vec<Found>) -> Schema {
    let mut tables = Schema::new();
    let mut keys: BTreeMap<String, BTreeMap<i64, String>> = BTreeMap::new();
    for column in found {
        let kind = match column.kind.as_str() {
            "BIGINT" | "INTEGER" | "bigint" => "BigInt",
            "TEXT" | "text" => "Text",
            "BLOB" | "bytea" => "Binary",
            "BOOLEAN" | "boolean" => "Bool",
            other => panic!(
                "{}.{}: unexpected type {other}",
                column.in_table, column.name
            ),
        };
        let kind = if column.nullable {
            format!("Nullable<{kind}>")
        } else {
            kind.to_owned()
        };
        if column.place_in_key > 0 {
            let key = keys.entry(column.in_table.clone()).or_default();
            key.insert(column.place_in_key, column.name.clone());
        }
        let table = tables.entry(column.in_table).or_default();
        table.columns.push((column.name, kind));
    }
    for (name, key) in keys {
        tables.get_mut(&name).unwrap().key = key.into_values().collect();
    }
    tables
}

pub(super) fn of_sqlite(conn: &mut SqliteConnection) -> Schema {
    let columns = sql_query(
        r#"SELECT t.name AS in_table, c.name AS name, c.type AS kind, c."notnull" = 0 AS nullable, c.pk AS place_in_key
           FROM sqlite_schema t, pragma_table_info(t.name) c
           WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite\_%' ESCAPE '\' AND t.name NOT LIKE '\_\_diesel%' ESCAPE '\'
           ORDER BY t.name, c.cid"#,
    );
    schema(columns.load(conn).unwrap())
}

pub(super) fn of_postgres(conn: &mut PgConnection) -> Schema {
    let columns = sql_query(
        r"SELECT t.relname::text AS in_table, c.attname::text AS name, format_type(c.atttypid, c.atttypmod) AS kind,
              NOT c.attnotnull AS nullable, coalesce(array_position(i.indkey::int2[], c.attnum) + 1, 0)::bigint AS place_in_key
          FROM pg_class t
          JOIN pg_attribute c ON c.attrelid = t.oid AND c.attnum > 0 AND NOT c.attisdropped
          LEFT JOIN pg_index i ON i.indrelid = t.oid AND i.indisprimary
          WHERE t.relkind = 'r' AND t.relnamespace = 'public'::regnamespace AND t.relname NOT LIKE '\_\_diesel%'
          ORDER BY t.relname, c.attnum",
    );
    schema(columns.load(conn).unwrap())
}

/// Returns the tables of `src/db/schema.rs`.
pub(super) fn written() -> Schema {
    let text = include_str!("../../../src/db/schema.rs");
    let tables = text.split("diesel::table! {").skip(1).map(|part| {
        let mut lines = part
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty() && !line.starts_with("///"));
        // `operators (organization_id, id) {`
        let (name, key) = lines.next().unwrap().split_once(" (").unwrap();
        let key = key.trim_end_matches(") {").split(", ").map(str::to_owned);
        // `#[sql_name = "…"]` before a column gives its name in the databases, if that differs.
        let mut in_sql = None;
        let columns = lines.take_while(|line| *line != "}").filter_map(|line| {
            if let Some(named) = line.strip_prefix("#[sql_name = \"") {
                in_sql = named.strip_suffix("\"]");
                return None;
            }
            let (name, kind) = line.trim_end_matches(',').split_once(" -> ").unwrap();
            let name = in_sql.take().unwrap_or(name);
            Some((name.to_owned(), kind.to_owned()))
        });
        let table = Table {
            columns: columns.collect(),
            key: key.collect(),
        };
        (name.to_owned(), table)
    });
    tables.collect()
}
