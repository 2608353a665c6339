//! Compares the schemas of both databases with `src/db/schema.rs`: tables, columns in order, types,
//! nullability, primary keys; and with each other, also unique keys, indexes and foreign keys.

use std::collections::{BTreeMap, BTreeSet};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Text};
use diesel::{PgConnection, SqliteConnection, sql_query};
use diesel_migrations::{FileBasedMigrations, MigrationHarness};
use lanyard::db;
use lanyard::seal::SEALED;

use crate::support::database::Database;

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

/// An index or a foreign key, in words.
#[derive(QueryableByName)]
struct Told {
    #[diesel(sql_type = Text)]
    text: String,
}

/// A column as Diesel's `table!` has it: its name, `BigInt` or `Nullable<BigInt>`, and so on.
type Column = (String, String);

#[derive(Debug, Default, PartialEq, Eq)]
struct Table {
    columns: Vec<Column>,
    key: Vec<String>,
}

type Schema = BTreeMap<String, Table>;

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

fn file(database: &Database) -> String {
    database.url().trim_start_matches("sqlite:").to_owned()
}

fn of_sqlite(conn: &mut SqliteConnection) -> Schema {
    let columns = sql_query(
        r#"SELECT t.name AS in_table, c.name AS name, c.type AS kind, c."notnull" = 0 AS nullable, c.pk AS place_in_key
           FROM sqlite_schema t, pragma_table_info(t.name) c
           WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite\_%' ESCAPE '\' AND t.name NOT LIKE '\_\_diesel%' ESCAPE '\'
           ORDER BY t.name, c.cid"#,
    );
    schema(columns.load(conn).unwrap())
}

fn of_postgres(conn: &mut PgConnection) -> Schema {
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
fn written() -> Schema {
    let text = include_str!("../../src/db/schema.rs");
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

fn migrated_sqlite() -> (std::sync::Arc<Database>, SqliteConnection) {
    let database = Database::bare_sqlite();
    db::migrate(&database.url().parse().unwrap()).unwrap();
    let conn = SqliteConnection::establish(&file(&database)).unwrap();
    (database, conn)
}

fn migrated_postgres() -> Option<(std::sync::Arc<Database>, PgConnection)> {
    let database = Database::bare_postgres()?;
    db::migrate(&database.url().parse().unwrap()).unwrap();
    let conn = PgConnection::establish(&database.url()).unwrap();
    Some((database, conn))
}

#[test]
fn sqlite_has_what_is_written() {
    let (_database, mut conn) = migrated_sqlite();
    assert_eq!(of_sqlite(&mut conn), written());
}

#[test]
fn postgres_has_what_is_written() {
    let Some((_database, mut conn)) = migrated_postgres() else {
        return;
    };
    assert_eq!(of_postgres(&mut conn), written());
}

/// Columns of bytes that are not secret.
const PLAIN: &[&str] = &[
    "ledger.jti",
    "ledger.parent",
    "ledger.successor",
    "feed.jti",
    "replay.value",
];

/// A sealed column that is not on the list would be lost with the next master key.
#[test]
fn the_list_of_what_is_sealed_is_complete() {
    let listed: BTreeSet<_> = SEALED
        .iter()
        .map(|of| format!("{}.{}", of.table, of.column))
        .collect();
    let check = |tables: &Schema| {
        let columns = tables.iter().flat_map(|(name, table)| {
            let columns = table.columns.iter();
            columns.map(move |(column, kind)| (format!("{name}.{column}"), column, kind))
        });
        let sealed: BTreeSet<_> = columns
            .filter(|(_, column, kind)| kind.contains("Binary") || column.starts_with("sealed_"))
            .filter(|(place, column, _)| {
                let by = SEALED.iter().any(|of| of.by == *column);
                !by && !PLAIN.contains(&place.as_str())
            })
            .map(|(place, ..)| place)
            .collect();
        assert_eq!(sealed, listed);
        for of in SEALED {
            let columns = &tables[of.table].columns;
            let has =
                |name: &str, kind: &str| columns.contains(&(name.to_owned(), kind.to_owned()));
            assert!(has(of.column, "Binary") && has(of.by, "Text"), "{of:?}");
        }
    };
    let (_sqlite, mut conn) = migrated_sqlite();
    check(&of_sqlite(&mut conn));
    if let Some((_postgres, mut conn)) = migrated_postgres() {
        check(&of_postgres(&mut conn));
    }
}

#[test]
fn both_have_the_same_indexes_and_foreign_keys() {
    let told =
        |rows: Vec<Told>| -> BTreeSet<String> { rows.into_iter().map(|row| row.text).collect() };
    let (_sqlite, mut conn) = migrated_sqlite();
    let in_sqlite = sql_query(
        r#"SELECT t.name || ' ' || CASE i."unique" WHEN 1 THEN 'unique' ELSE 'index' END || ' ('
               || (SELECT group_concat(c.name, ', ') FROM (SELECT name FROM pragma_index_info(i.name) ORDER BY seqno) c) || ')'
               || CASE i.partial WHEN 1 THEN substr(s.sql, instr(s.sql, ' WHERE ')) ELSE '' END AS text
           FROM sqlite_schema t, pragma_index_list(t.name) i LEFT JOIN sqlite_schema s ON s.name = i.name
           WHERE t.type = 'table' AND i.origin <> 'pk' AND t.name NOT LIKE '\_\_diesel%' ESCAPE '\'
           UNION
           SELECT t.name || ' (' || k."from" || ') references ' || k."table" || ' (' || k."to" || ')'
           FROM sqlite_schema t, pragma_foreign_key_list(t.name) k WHERE t.type = 'table'"#,
    );
    let in_sqlite = told(in_sqlite.load(&mut conn).unwrap());
    assert!(in_sqlite.len() > 5, "{in_sqlite:?}");

    let Some((_postgres, mut conn)) = migrated_postgres() else {
        return;
    };
    let in_postgres = sql_query(
        r"SELECT t.relname || ' ' || CASE WHEN i.indisunique THEN 'unique' ELSE 'index' END || ' ('
              || (SELECT string_agg(a.attname, ', ' ORDER BY array_position(i.indkey::int2[], a.attnum))
                  FROM pg_attribute a WHERE a.attrelid = t.oid AND a.attnum = ANY (i.indkey)) || ')'
              || coalesce(' WHERE ' || translate(pg_get_expr(i.indpred, i.indrelid), '()', ''), '') AS text
          FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid
          WHERE NOT i.indisprimary AND t.relnamespace = 'public'::regnamespace
          UNION
          SELECT t.relname || ' ' || replace(replace(pg_get_constraintdef(k.oid), 'FOREIGN KEY ', ''), ' REFERENCES ', ' references ')
          FROM pg_constraint k JOIN pg_class t ON t.oid = k.conrelid WHERE k.contype = 'f'",
    );
    let rows: Vec<Told> = in_postgres.load(&mut conn).unwrap();
    // PostgreSQL prints types where SQLite repeats what was written, and no space before a
    // referenced column.
    let in_postgres: BTreeSet<_> = told(rows)
        .into_iter()
        .map(|text| text.replace("::text", ""))
        .map(|text| match text.split_once(" references ") {
            Some((from, to)) if !to.contains(" (") => {
                format!("{from} references {}", to.replace('(', " ("))
            }
            _ => text,
        })
        .collect();
    assert_eq!(in_sqlite, in_postgres);
}

#[test]
fn both_have_the_same_migrations_each_with_its_way_back() {
    let names = |folder: &str| -> BTreeSet<String> {
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations/");
        let entries = std::fs::read_dir(format!("{root}{folder}")).unwrap();
        let entries = entries.map(|entry| entry.unwrap());
        let names = entries.map(|entry| {
            for part in ["up.sql", "down.sql"] {
                assert!(
                    entry.path().join(part).is_file(),
                    "{:?} has no {part}",
                    entry.path()
                );
            }
            entry.file_name().into_string().unwrap()
        });
        names.collect()
    };
    assert_eq!(names("sqlite"), names("postgres"));
}

#[test]
fn migrating_again_changes_nothing_and_two_at_once_are_one() {
    let bare = [Some(Database::bare_sqlite()), Database::bare_postgres()];
    for database in bare.into_iter().flatten() {
        let url = database.url().parse().unwrap();
        assert!(!db::pending(&url).unwrap().is_empty());
        let applied: Vec<_> = std::thread::scope(|scope| {
            let both = [(); 2].map(|()| scope.spawn(|| db::migrate(&url).unwrap()));
            both.into_iter()
                .flat_map(|one| one.join().unwrap())
                .collect()
        });
        let once: BTreeSet<_> = applied.iter().collect();
        assert_eq!(
            once.len(),
            applied.len(),
            "each was applied once: {applied:?}"
        );
        assert!(db::pending(&url).unwrap().is_empty());
        assert!(db::migrate(&url).unwrap().is_empty());
    }
}

#[test]
fn the_way_back_leaves_nothing_and_can_be_gone_again() {
    let (_sqlite, mut conn) = migrated_sqlite();
    let migrations = FileBasedMigrations::from_path("migrations/sqlite").unwrap();
    conn.revert_all_migrations(migrations.clone()).unwrap();
    assert_eq!(of_sqlite(&mut conn), Schema::new());
    conn.run_pending_migrations(migrations).unwrap();
    assert_eq!(of_sqlite(&mut conn), written());

    let Some((_postgres, mut conn)) = migrated_postgres() else {
        return;
    };
    let migrations = FileBasedMigrations::from_path("migrations/postgres").unwrap();
    conn.revert_all_migrations(migrations.clone()).unwrap();
    assert_eq!(of_postgres(&mut conn), Schema::new());
    conn.run_pending_migrations(migrations).unwrap();
    assert_eq!(of_postgres(&mut conn), written());
}

#[test]
fn the_databases_themselves_refuse_what_the_rules_forbid() {
    let rows = |refused: &mut dyn FnMut(&str) -> bool| {
        let organization = |login: &str, key: &str| {
            format!(
                "INSERT INTO organizations (id, login, login_key, name, password_hash, status, enforce_rotation, created_at, \
                     updated_at) VALUES ((SELECT count(*) + 1 FROM organizations), '{login}', '{key}', 'n', 'h', 'active', false, 0, 0)"
            )
        };
        let operator = |id: i64, external: &str, email: &str, status: &str| {
            format!(
                "INSERT INTO operators (organization_id, id, name, external_id, email_key, status, created_at, updated_at) \
                     VALUES (1, {id}, 'n', {external}, {email}, '{status}', 0, 0)"
            )
        };
        assert!(!refused(&organization("Acme", "acme")));
        assert!(refused(&organization("ACME", "acme")), "a login twice");
        assert!(!refused(&operator(1, "'x'", "'a@b'", "active")));
        assert!(
            refused(&operator(1, "NULL", "NULL", "active")),
            "an id twice"
        );
        assert!(
            refused(&operator(2, "'x'", "NULL", "inactive")),
            "an external id twice"
        );
        assert!(
            refused(&operator(2, "NULL", "'a@b'", "active")),
            "an email twice"
        );
        assert!(
            !refused(&operator(2, "'x'", "'a@b'", "deleted")),
            "those of deleted operators are free"
        );
        assert!(
            !refused(&operator(3, "NULL", "NULL", "active")),
            "two absent values do not conflict"
        );
        assert!(!refused(&operator(4, "NULL", "NULL", "active")));
        assert!(
            refused(&operator(5, "NULL", "NULL", "gone")),
            "an unknown status"
        );
        assert!(
            refused(&operator(6, "NULL", "NULL", "active").replace("VALUES (1,", "VALUES (2,")),
            "of nobody"
        );
        assert!(
            refused("UPDATE organizations SET operator_token_max_seconds = 86401"),
            "a life of more than a day"
        );
        assert!(
            refused("INSERT INTO feed_head (id, seq) VALUES (2, 0)"),
            "a second head"
        );
    };
    let (_sqlite, mut conn) = migrated_sqlite();
    conn.batch_execute("PRAGMA foreign_keys = ON").unwrap();
    rows(&mut |statement| conn.batch_execute(statement).is_err());
    if let Some((_postgres, mut conn)) = migrated_postgres() {
        rows(&mut |statement| conn.batch_execute(statement).is_err());
    }
}
