//! The schema's migrations, inside the binary.

use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::connect::establish;
use super::{Conn, Error, Result, names, transaction};
use crate::config::Url as DatabaseUrl;

const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");
const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");

/// Any number no other program is likely to lock.
const LOCK: i64 = 0x6c61_6e79_6172_6400;

/// Applies what is missing and returns the names of what it applied. Several processes may call it at once: one applies,
/// the others wait. What SQL cannot do, the keys of names, is filled in after it.
///
/// # Errors
/// [`Error::Unavailable`] when the database cannot be reached, [`Error::Internal`] when a migration fails.
pub fn migrate(url: &DatabaseUrl) -> Result<Vec<String>> {
    let mut conn = open(url)?;
    let applied = apply(&mut conn)?;
    // Not at every start: it reads tables that another process may have locked.
    if !applied.is_empty() {
        transaction(&mut conn, names::settle)?;
    }
    Ok(applied)
}

fn apply(conn: &mut Conn) -> Result<Vec<String>> {
    match conn {
        Conn::Postgres(c) => {
            c.batch_execute(&format!(
                "SET lock_timeout = 0; SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0; \
                 SELECT pg_advisory_lock({LOCK})"
            ))?;
            run(c, POSTGRES)
        }
        Conn::Sqlite(c) => {
            // Looking first keeps a start from taking the write lock for nothing.
            if !c.has_pending_migration(SQLITE).map_err(internal)? {
                return Ok(Vec::new());
            }
            AnsiTransactionManager::begin_transaction_sql(c, "BEGIN IMMEDIATE")?;
            let applied = run(c, SQLITE);
            match applied {
                Ok(_) => AnsiTransactionManager::commit_transaction(c)?,
                Err(_) => AnsiTransactionManager::rollback_transaction(c)?,
            }
            applied
        }
    }
}

/// The names of the migrations that are not applied yet.
///
/// # Errors
/// As [`migrate`].
pub fn pending(url: &DatabaseUrl) -> Result<Vec<String>> {
    fn names<DB: diesel::backend::Backend>(
        harness: &mut impl MigrationHarness<DB>,
        source: EmbeddedMigrations,
    ) -> Result<Vec<String>> {
        let found = harness.pending_migrations(source).map_err(internal)?;
        Ok(found
            .iter()
            .map(|migration| migration.name().to_string())
            .collect())
    }
    match &mut open(url)? {
        Conn::Postgres(c) => names(c, POSTGRES),
        Conn::Sqlite(c) => names(c, SQLITE),
    }
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
