//! Compares the schemas of both databases with `src/db/schema.rs`: tables, columns in order, types,
//! nullability, primary keys; and with each other, also unique keys, indexes and foreign keys.

mod catalogue;
mod migrations;

use std::collections::BTreeSet;
use std::sync::Arc;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;
use diesel::{PgConnection, SqliteConnection, sql_query};
use lanyard::db;
use lanyard::seal::SEALED;

use self::catalogue::{Schema, of_postgres, of_sqlite, written};
use crate::support::database::Database;

/// An index or a foreign key, in words.
#[derive(QueryableByName)]
struct InWords {
    #[diesel(sql_type = Text)]
    text: String,
}

fn file(database: &Database) -> String {
    database.url().trim_start_matches("sqlite:").to_owned()
}

fn migrated_sqlite() -> (Arc<Database>, SqliteConnection) {
    let database = Database::bare_sqlite();
    db::migrate(&database.url().parse().unwrap()).unwrap();
    let conn = SqliteConnection::establish(&file(&database)).unwrap();
    (database, conn)
}

fn migrated_postgres() -> Option<(Arc<Database>, PgConnection)> {
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

/// SQLite builds a table of the values of a list each time that a row is inserted, unless there are two at
/// most. That took a third of the time of a line of the ledger.
#[test]
fn no_index_of_sqlite_has_a_condition_with_a_list() {
    let (_database, mut conn) = migrated_sqlite();
    let partial: Vec<InWords> = sql_query(
        "SELECT sql AS text FROM sqlite_schema WHERE type = 'index' AND sql LIKE '% WHERE %'",
    )
    .load(&mut conn)
    .unwrap();
    assert!(partial.len() > 5);
    for InWords { text } in partial {
        let (_, condition) = text.split_once(" WHERE ").unwrap();
        assert!(!condition.contains(" IN ("), "{text}");
    }
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
    // The chain over the audit log.
    "audit.link",
    "audit.salts",
    "audit_batches.hash",
    "audit_chain.hash",
    "audit_chain.purged_hash",
    // Digests and ids of OAuth.
    "api_key_secrets.digest",
    "api_key_texts.digest",
    "browser_sessions.digest",
    "browser_sessions.sid",
    "client_secrets.digest",
    "console_forms.digest",
    "console_sessions.digest",
    "console_sessions.jti",
    "ended_console_sessions.digest",
    "ended_platform_sessions.digest",
    "operator_imports.began_in",
    "operator_imports.session_jti",
    "codes.digest",
    "codes.grant_id",
    "codes.sid",
    "device_codes.digest",
    "device_codes.grant_id",
    "device_codes.sid",
    "device_codes.user_digest",
    "grants.id",
    "grants.sid",
    "ledger.grant_id",
    "opaque_tokens.digest",
    "page_requests.browser",
    "page_requests.digest",
    "page_requests.pushed",
    "page_requests.signed_in_sid",
    "pushed_requests.digest",
    "platform_forms.digest",
    "platform_recovery_codes.digest",
    "platform_sessions.digest",
    "platform_sessions.id",
    "recovery_codes.digest",
    "refresh_tokens.digest",
    "refresh_tokens.grant_id",
    "refresh_tokens.jti",
    "refresh_tokens.salt",
    "refresh_tokens.successor",
    "registration_tokens.digest",
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
    let shown =
        |rows: Vec<InWords>| -> BTreeSet<String> { rows.into_iter().map(|row| row.text).collect() };
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
    let in_sqlite = shown(in_sqlite.load(&mut conn).unwrap());
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
    let rows: Vec<InWords> = in_postgres.load(&mut conn).unwrap();
    // PostgreSQL prints types where SQLite repeats what was written, and no space before a
    // referenced column.
    let in_postgres: BTreeSet<_> = shown(rows)
        .into_iter()
        .map(|text| text.replace("::text", ""))
        // The parentheses that PostgreSQL adds were taken away, with those of this call.
        .map(|text| text.replace("substrtarget, 1, 13", "substr(target, 1, 13)"))
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
