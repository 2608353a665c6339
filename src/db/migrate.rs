//! The schema's migrations, embedded in the binary.

use std::time::Duration;

use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};
use diesel::migration::MigrationSource;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::connect::{establish, is_locked};
use super::{Conn, Error, Result, names, transaction};
use crate::base::clock;
use crate::config::Url as DatabaseUrl;

const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");
const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");

/// The advisory lock's number; any number that no other program is likely to use.
const LOCK: i64 = 0x6c61_6e79_6172_6400;

/// How long another process may take to migrate the same database.
const TURN_WITHIN: Duration = Duration::from_mins(10);

/// How often this process checks whether the other has finished.
const LOOK: Duration = Duration::from_millis(50);

/// How often the log repeats that this process is waiting.
const LOG_EVERY: Duration = Duration::from_secs(10);

/// Applies the pending migrations and returns their names. Several processes may call it at once:
/// one applies them, the others wait. If nothing is pending, nothing is written and no right to
/// create tables is needed. The keys of names, which SQL cannot compute, are filled in afterwards.
///
/// # Errors
/// Returns [`Error::Unavailable`] if the database cannot be reached or another process does not
/// finish migrating it; [`Error::Unfit`] as [`pending`] does; [`Error::Internal`] if a migration
/// fails.
pub fn migrate(url: &DatabaseUrl) -> Result<Vec<String>> {
    migrate_within(url, TURN_WITHIN)
}

/// Like [`migrate`], with a limit on the wait for another process.
///
/// # Errors
/// Returns an error as [`migrate`] does.
pub fn migrate_within(url: &DatabaseUrl, patience: Duration) -> Result<Vec<String>> {
    let mut conn = open(url)?;
    if missing(&mut conn)?.is_empty() {
        return Ok(Vec::new());
    }
    let applied = apply(&mut conn, patience)?;
    // Not at every start, because it reads tables that another process may have locked.
    if !applied.is_empty() {
        transaction(&mut conn, names::settle)?;
    }
    Ok(applied)
}

fn apply(conn: &mut Conn, patience: Duration) -> Result<Vec<String>> {
    match conn {
        Conn::Postgres(c) => {
            c.batch_execute(
                "SET lock_timeout = 0; SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0",
            )?;
            wait_for_turn(patience, || {
                let Truth { is_so } =
                    diesel::sql_query(format!("SELECT pg_try_advisory_lock({LOCK}) AS is_so"))
                        .get_result(c)?;
                Ok(is_so)
            })?;
            run(c, POSTGRES)
        }
        Conn::Sqlite(c) => {
            wait_for_turn(
                patience,
                || match AnsiTransactionManager::begin_transaction_sql(c, "BEGIN IMMEDIATE") {
                    Ok(()) => Ok(true),
                    Err(why) if is_locked(&why) => Ok(false),
                    Err(why) => Err(why.into()),
                },
            )?;
            let applied = run(c, SQLITE);
            match applied {
                Ok(_) => AnsiTransactionManager::commit_transaction(c)?,
                Err(_) => AnsiTransactionManager::rollback_transaction(c)?,
            }
            applied
        }
    }
}

/// Returns the names of the pending migrations. Writes nothing.
///
/// # Errors
/// Returns [`Error::Unavailable`] if the database cannot be reached, and [`Error::Unfit`] if its
/// schema is newer than this program or its encoding is not UTF-8.
pub fn pending(url: &DatabaseUrl) -> Result<Vec<String>> {
    missing(&mut open(url)?)
}

#[derive(QueryableByName)]
struct Truth {
    #[diesel(sql_type = Bool)]
    is_so: bool,
}

#[derive(QueryableByName)]
struct Name {
    #[diesel(sql_type = Text)]
    name: String,
}

/// Calls `attempt` until it returns true.
fn wait_for_turn(patience: Duration, mut attempt: impl FnMut() -> Result<bool>) -> Result<()> {
    let began = clock::boot_time();
    let mut log_at = Duration::ZERO;
    while !attempt()? {
        let waited = clock::boot_time().saturating_sub(began);
        if waited >= patience {
            return Err(Error::Unavailable(format!(
                "another process has been migrating it for {}; see what that process does, or end it",
                humantime::format_duration(Duration::from_secs(waited.as_secs()))
            )));
        }
        if waited >= log_at {
            tracing::warn!(
                "another process is migrating the database; waiting until it has finished"
            );
            log_at += LOG_EVERY;
        }
        clock::pause(LOOK);
    }
    Ok(())
}

/// Compares the database's schema with the program's.
fn missing(conn: &mut Conn) -> Result<Vec<String>> {
    let applied = applied(conn)?;
    match conn {
        Conn::Postgres(c) => {
            fit(c)?;
            compare::<diesel::pg::Pg>(&POSTGRES, &applied)
        }
        Conn::Sqlite(_) => compare::<diesel::sqlite::Sqlite>(&SQLITE, &applied),
    }
}

/// Returns the versions of the applied migrations. Diesel's own function creates its table if there
/// is none, and needs the right to create tables even if there is one.
fn applied(conn: &mut Conn) -> Result<Vec<String>> {
    const TABLE: &str = "__diesel_schema_migrations";
    let is_there = match conn {
        Conn::Postgres(_) => format!("SELECT to_regclass('{TABLE}') IS NOT NULL AS is_so"),
        Conn::Sqlite(_) => format!(
            "SELECT count(*) > 0 AS is_so FROM sqlite_master WHERE type = 'table' AND name = '{TABLE}'"
        ),
    };
    let Truth { is_so } = crate::on_backend!(conn, c => diesel::sql_query(is_there).get_result(c))?;
    if !is_so {
        return Ok(Vec::new());
    }
    let versions = format!("SELECT version AS name FROM {TABLE} ORDER BY version");
    let rows: Vec<Name> = crate::on_backend!(conn, c => diesel::sql_query(versions).load(c))?;
    Ok(rows.into_iter().map(|row| row.name).collect())
}

/// Checks that the database's encoding is UTF-8. With another encoding, PostgreSQL refuses text
/// with characters that the encoding does not have, such as names in another script.
fn fit(conn: &mut PgConnection) -> Result<()> {
    let Name { name } = diesel::sql_query(
        "SELECT pg_encoding_to_char(encoding)::text AS name FROM pg_database WHERE datname = current_database()",
    )
    .get_result(conn)?;
    if name == "UTF8" {
        return Ok(());
    }
    Err(Error::Unfit(format!(
        "its encoding is {name}, and Lanyard needs UTF8: make another one with CREATE DATABASE … ENCODING 'UTF8' \
         TEMPLATE template0"
    )))
}

fn compare<DB: diesel::backend::Backend>(
    known: &EmbeddedMigrations,
    applied: &[String],
) -> Result<Vec<String>> {
    let known = MigrationSource::<DB>::migrations(known).map_err(internal)?;
    let mut known: Vec<_> = known
        .iter()
        .map(|migration| {
            let name = migration.name();
            (name.version().to_string(), name.to_string())
        })
        .collect();
    known.sort();
    let later: Vec<_> = applied
        .iter()
        .filter(|version| !known.iter().any(|(known, _)| known == *version))
        .map(String::as_str)
        .collect();
    if !later.is_empty() {
        return Err(Error::Unfit(format!(
            "its schema is that of a later Lanyard (it has {}, which this one does not know): run that version, or restore \
             a backup from before",
            later.join(", ")
        )));
    }
    Ok(known
        .into_iter()
        .filter(|(version, _)| !applied.contains(version))
        .map(|(_, name)| name)
        .collect())
}

fn open(url: &DatabaseUrl) -> Result<Conn> {
    if let DatabaseUrl::Sqlite(path) = url
        && let Some(folder) = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty())
    {
        std::fs::create_dir_all(folder).map_err(|why| {
            Error::Unavailable(format!("cannot make {}: {why}", folder.display()))
        })?;
    }
    establish(url)
}

fn run<DB: diesel::backend::Backend>(
    harness: &mut impl MigrationHarness<DB>,
    source: EmbeddedMigrations,
) -> Result<Vec<String>> {
    let applied = harness.run_pending_migrations(source).map_err(internal)?;
    Ok(applied.iter().map(ToString::to_string).collect())
}

#[allow(clippy::needless_pass_by_value, reason = "the shape map_err wants")]
fn internal(error: Box<dyn std::error::Error + Send + Sync>) -> Error {
    Error::Internal(error.to_string())
}
