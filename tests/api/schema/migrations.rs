//! The migrations: the same for both databases, forth and back.

use std::collections::BTreeSet;

use diesel::backend::Backend;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_query;
use diesel_migrations::{FileBasedMigrations, MigrationHarness};
use lanyard::db;

use super::catalogue::{Schema, of_postgres, of_sqlite, written};
use super::{InWords, migrated_postgres, migrated_sqlite};
use crate::support::database::Database;

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

/// Words of 0013 in columns of words, beside some that the version before knows.
const WORDS: &str = "
    INSERT INTO audit (organization_id, at, actor, action, occurrences) VALUES
        (1, 0, 'system', 'client.created', 1), (1, 0, 'system', 'token.revoked', 1);
    INSERT INTO webhooks (organization_id, id, url, events, status, sealed_secret, sealed_by, created_at, updated_at) VALUES
        (1, 1, 'https://a.example', 'token.revoked credential.revoked key.rotated', 'active', '', '', 0, 0),
        (1, 2, 'https://b.example', 'credential.revoked', 'active', '', '', 0, 0),
        (1, 3, 'https://c.example', 'operator.deactivated', 'active', '', '', 0, 0);
    INSERT INTO deliveries (organization_id, webhook_id, id, event, body, status, attempts, created_at) VALUES
        (1, 1, 'a', 'credential.revoked', '', 'pending', 0, 0), (1, 1, 'b', 'token.revoked', '', 'pending', 0, 0),
        (1, 2, 'c', 'webhook.test', '', 'pending', 0, 0), (1, 3, 'd', 'webhook.test', '', 'pending', 0, 0);
    INSERT INTO feed (seq, organization_id, kind, operator_id, at) VALUES
        (1, 1, 'client', 7, 0), (2, 1, 'sessions', 7, 0), (3, 1, 'operator', 7, 0);
    INSERT INTO ledger (organization_id, jti, kind, kid, rev, issued_at) VALUES
        (1, 'aaaaaaaaaaaaaaaa', 'access', NULL, 0, 0), (1, 'bbbbbbbbbbbbbbbb', 'company', 'k', 0, 0);
";

/// What the version before reads of them.
const LEFT: &[(&str, &str)] = &[
    ("SELECT action AS text FROM audit", "token.revoked"),
    (
        "SELECT events AS text FROM webhooks ORDER BY id",
        "token.revoked key.rotated, operator.deactivated",
    ),
    ("SELECT id AS text FROM deliveries ORDER BY id", "b, d"),
    (
        "SELECT kind AS text FROM feed ORDER BY seq",
        "keys_changed, organization_changed, organization_changed, operator",
    ),
    ("SELECT kind AS text FROM ledger", "company"),
];

/// A session of the console, beside a token that the version before 0022 knows.
const CONSOLE: &str = "
    INSERT INTO ledger (organization_id, jti, kind, kid, rev, issued_at) VALUES
        (1, 'aaaaaaaaaaaaaaaa', 'console', NULL, 0, 0), (1, 'bbbbbbbbbbbbbbbb', 'company', 'k', 0, 0);
";

/// A way back: what is in the database, the last migration that is taken back, and what is left.
type Way = (
    &'static str,
    &'static str,
    &'static [(&'static str, &'static str)],
);

const WAYS: [Way; 2] = [
    (WORDS, "0013", LEFT),
    (
        CONSOLE,
        "0022",
        &[("SELECT kind AS text FROM ledger", "company")],
    ),
];

fn go_back<DB: Backend, C>(
    conn: &mut C,
    migrations: &FileBasedMigrations,
    (before, last, left): Way,
    read: impl Fn(&mut C, &str) -> Vec<InWords>,
) where
    C: MigrationHarness<DB> + SimpleConnection,
{
    conn.batch_execute(before).unwrap();
    while conn.revert_last_migration(migrations.clone()).unwrap() != last.into() {}
    for (query, left) in left {
        let rows = read(conn, query);
        let texts: Vec<_> = rows.into_iter().map(|row| row.text).collect();
        assert_eq!(texts.join(", "), *left, "{query}");
    }
}

#[test]
fn what_the_way_back_leaves_can_be_read_by_the_version_before() {
    for way in WAYS {
        let (_sqlite, mut conn) = migrated_sqlite();
        let migrations = FileBasedMigrations::from_path("migrations/sqlite").unwrap();
        go_back(&mut conn, &migrations, way, |conn, query| {
            sql_query(query).load(conn).unwrap()
        });
        let Some((_postgres, mut conn)) = migrated_postgres() else {
            continue;
        };
        let migrations = FileBasedMigrations::from_path("migrations/postgres").unwrap();
        go_back(&mut conn, &migrations, way, |conn, query| {
            sql_query(query).load(conn).unwrap()
        });
    }
}
