//! Databases in unusual states: one that several processes open for the first time, one with the
//! schema of a later release, a role that may not make tables, another encoding, a reader that
//! stays.

use std::fs;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::{PgConnection, SqliteConnection};
use lanyard::config::Url;
use lanyard::db::{self, Db, Error, Options};

use crate::support::database::Database;

fn both() -> impl Iterator<Item = std::sync::Arc<Database>> {
    [Some(Database::bare_sqlite()), Database::bare_postgres()]
        .into_iter()
        .flatten()
}

fn execute(url: &str, statements: &str) {
    match url.strip_prefix("sqlite:") {
        Some(path) => SqliteConnection::establish(path)
            .unwrap()
            .batch_execute(statements),
        None => PgConnection::establish(url)
            .unwrap()
            .batch_execute(statements),
    }
    .unwrap();
}

#[test]
fn processes_that_start_at_once_on_a_new_file_get_along() {
    for _ in 0..20 {
        let database = Database::bare_sqlite();
        let url: Url = database.url().parse().unwrap();
        let begin = std::sync::Barrier::new(12);
        std::thread::scope(|scope| {
            for _ in 0..12 {
                scope.spawn(|| {
                    begin.wait();
                    db::migrate(&url).unwrap();
                });
            }
        });
    }
}

#[test]
fn the_schema_of_a_later_program_is_noticed() {
    for database in both() {
        let url: Url = database.url().parse().unwrap();
        db::migrate(&url).unwrap();
        execute(
            &database.url(),
            "INSERT INTO __diesel_schema_migrations (version) VALUES ('9999')",
        );
        for refused in [db::migrate(&url).map(drop), db::pending(&url).map(drop)] {
            let Err(Error::Unfit(why)) = refused else {
                panic!("{refused:?}")
            };
            assert!(
                why.contains("later Lanyard") && why.contains("9999"),
                "{why}"
            );
        }
    }
}

#[test]
fn looking_at_a_new_database_writes_nothing() {
    for database in both() {
        let url: Url = database.url().parse().unwrap();
        assert!(!db::pending(&url).unwrap().is_empty());
        execute(
            &database.url(),
            "CREATE TABLE __diesel_schema_migrations (x INT)",
        );
    }
}

#[test]
fn a_role_that_may_make_no_tables_starts_on_a_schema_that_is_there() {
    let Some(database) = Database::bare_postgres() else {
        return;
    };
    let owner = database.url();
    db::migrate(&owner.parse().unwrap()).unwrap();
    execute(
        &owner,
        "DO $$ BEGIN CREATE ROLE modest LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
         REVOKE CREATE ON SCHEMA public FROM PUBLIC;
         GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO modest;
         GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO modest;",
    );
    let (_, rest) = owner.split_once('@').unwrap();
    let modest: Url = format!("postgres://modest@{rest}").parse().unwrap();
    assert_eq!(db::pending(&modest).unwrap(), Vec::<String>::new());
    assert_eq!(db::migrate(&modest).unwrap(), Vec::<String>::new());
}

#[test]
fn a_database_in_another_encoding_is_refused_before_a_name_is() {
    let Some(database) = Database::bare_postgres() else {
        return;
    };
    let name = "latin1_of_test";
    let url = database.url();
    execute(&url, &format!("DROP DATABASE IF EXISTS {name}"));
    execute(
        &url,
        &format!(
            "CREATE DATABASE {name} ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0"
        ),
    );
    let (server, _) = url.rsplit_once('/').unwrap();
    let latin1: Url = format!("{server}/{name}").parse().unwrap();
    for refused in [
        db::migrate(&latin1).map(drop),
        db::pending(&latin1).map(drop),
    ] {
        let Err(Error::Unfit(why)) = refused else {
            panic!("{refused:?}")
        };
        assert!(why.contains("LATIN1") && why.contains("UTF8"), "{why}");
    }
    execute(&url, &format!("DROP DATABASE {name}"));
}

#[test]
fn another_process_that_migrates_is_not_waited_for_without_end() {
    for database in both() {
        let url: Url = database.url().parse().unwrap();
        let text = database.url();
        let mut sqlite = text
            .strip_prefix("sqlite:")
            .map(|path| SqliteConnection::establish(path).unwrap());
        let mut postgres = sqlite
            .is_none()
            .then(|| PgConnection::establish(&text).unwrap());
        match (&mut sqlite, &mut postgres) {
            (Some(conn), _) => conn.batch_execute("PRAGMA journal_mode = WAL; BEGIN IMMEDIATE"),
            (_, Some(conn)) => conn.batch_execute("SELECT pg_advisory_lock(7809644696442135552)"),
            _ => unreachable!(),
        }
        .unwrap();
        let Err(Error::Unavailable(why)) = db::migrate_within(&url, Duration::ZERO) else {
            panic!("the second process did not wait")
        };
        assert!(why.contains("another process"), "{why}");
        drop((sqlite, postgres));
        assert!(
            !db::migrate_within(&url, Duration::from_mins(1))
                .unwrap()
                .is_empty()
        );
    }
}

#[test]
fn the_log_of_sqlite_shrinks_after_a_long_reader() {
    let database = Database::sqlite();
    let url = database.url();
    let db = Db::open(&Options {
        url: url.parse().unwrap(),
        pool_size: 1,
        acquire_timeout: Duration::from_secs(10),
    })
    .unwrap();
    let path = url.strip_prefix("sqlite:").unwrap().to_owned();
    let log = || fs::metadata(format!("{path}-wal")).unwrap().len();
    let write = |bytes: usize| {
        db.write_blocking(|conn| {
            let statement = format!(
                "INSERT INTO jobs (name, failures) VALUES ('{}', 0)",
                "x".repeat(bytes)
            );
            let statement = if bytes == 0 {
                "DELETE FROM jobs".to_owned()
            } else {
                statement
            };
            lanyard::on_backend!(conn, c => diesel::sql_query(statement).execute(c))
                .map_err(Error::from)
        })
        .unwrap();
    };
    let mut reader = SqliteConnection::establish(&path).unwrap();
    reader
        .batch_execute("BEGIN; SELECT count(*) FROM jobs")
        .unwrap();
    for _ in 0..20 {
        write(1 << 20);
        write(0);
    }
    assert!(
        log() > 16 << 20,
        "the reader prevents the truncation: {}",
        log()
    );
    reader.batch_execute("COMMIT").unwrap();
    for _ in 0..3 {
        write(10);
        write(0);
    }
    assert!(log() <= 4 << 20, "{}", log());
}
