//! The migrations in the repository, applied one by one so that each can be timed.

use std::time::Duration;

use diesel::connection::Connection;
use diesel::migration::{Migration, MigrationSource};
use diesel::prelude::*;
use diesel::sql_types::Text;
use diesel::{PgConnection, SqliteConnection, sql_query};
use diesel_migrations::{FileBasedMigrations, MigrationHarness};
use lanyard::base::clock;

use super::release::Kind;
use super::since;

fn source(kind: Kind) -> FileBasedMigrations {
    FileBasedMigrations::from_path(format!("migrations/{}", kind.word())).unwrap()
}

/// The names of all migrations, in the order in which they are applied.
pub(super) fn all(kind: Kind) -> Vec<String> {
    let mut names: Vec<_> = match kind {
        Kind::Sqlite => names::<diesel::sqlite::Sqlite>(kind),
        Kind::Postgres => names::<diesel::pg::Pg>(kind),
    };
    names.sort();
    names
}

fn names<DB: diesel::backend::Backend>(kind: Kind) -> Vec<String> {
    let migrations = MigrationSource::<DB>::migrations(&source(kind)).unwrap();
    let names = migrations.iter().map(|one| one.name().to_string());
    names.collect()
}

/// The names of the migrations that a database has, in the order in which they were applied.
pub(super) fn applied(url: &str) -> Vec<String> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Text)]
        version: String,
    }
    let query = sql_query("SELECT version FROM __diesel_schema_migrations ORDER BY version");
    let (kind, rows): (_, Vec<Row>) = match url.strip_prefix("sqlite:") {
        Some(path) => (Kind::Sqlite, query.load(&mut sqlite(path)).unwrap()),
        None => (Kind::Postgres, query.load(&mut postgres(url)).unwrap()),
    };
    let all = all(kind);
    let name = |row: Row| {
        let prefix = format!("{}_", row.version);
        all.iter().find(|name| name.starts_with(&prefix)).cloned()
    };
    rows.into_iter().map(|row| name(row).unwrap()).collect()
}

/// Applies what is missing, and returns the names. `report` receives each name and how long it took.
pub(super) fn apply(url: &str, report: impl Fn(&str, Duration)) -> Vec<String> {
    match url.strip_prefix("sqlite:") {
        Some(path) => run(&mut sqlite(path), Kind::Sqlite, report),
        None => run(&mut postgres(url), Kind::Postgres, report),
    }
}

fn run<DB: diesel::backend::Backend>(
    conn: &mut impl MigrationHarness<DB>,
    kind: Kind,
    report: impl Fn(&str, Duration),
) -> Vec<String> {
    let missing: Vec<Box<dyn Migration<DB>>> = conn.pending_migrations(source(kind)).unwrap();
    let run_one = |migration: Box<dyn Migration<DB>>| {
        let (name, begun) = (migration.name().to_string(), clock::boot_time());
        conn.run_migration(&*migration).unwrap();
        report(&name, since(begun));
        name
    };
    missing.into_iter().map(run_one).collect()
}

pub(super) fn sqlite(path: &str) -> SqliteConnection {
    SqliteConnection::establish(path).unwrap()
}

pub(super) fn postgres(url: &str) -> PgConnection {
    PgConnection::establish(url).unwrap()
}
