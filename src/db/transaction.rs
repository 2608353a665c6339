//! Write transactions, and parts of one that can be undone.

use diesel::connection::{AnsiTransactionManager, TransactionManager};

use super::{Conn, Error};

/// Runs a write transaction. SQLite takes its write lock at BEGIN, so that a body that first reads
/// and then writes cannot fail in the middle because the lock is missing.
///
/// # Errors
/// Returns the errors of `body`, after the rollback, and those of BEGIN and COMMIT.
pub fn transaction<T, E: From<Error>>(
    conn: &mut Conn,
    body: impl FnOnce(&mut Conn) -> std::result::Result<T, E>,
) -> std::result::Result<T, E> {
    transaction_of("BEGIN", conn, body)
}

/// Runs a write transaction that begins with the statements `postgres` on PostgreSQL.
pub(super) fn transaction_of<T, E: From<Error>>(
    postgres: &'static str,
    conn: &mut Conn,
    body: impl FnOnce(&mut Conn) -> std::result::Result<T, E>,
) -> std::result::Result<T, E> {
    type Manager = <Conn as diesel::Connection>::TransactionManager;
    match conn {
        Conn::Sqlite(c) => AnsiTransactionManager::begin_transaction_sql(c, "BEGIN IMMEDIATE"),
        Conn::Postgres(c) => AnsiTransactionManager::begin_transaction_sql(c, postgres),
    }
    .map_err(Error::from)?;
    match body(conn) {
        Ok(value) => {
            Manager::commit_transaction(conn).map_err(Error::from)?;
            Ok(value)
        }
        Err(error) => {
            // The error of the body is the one to report. The pool drops a connection on which the
            // rollback fails.
            let _ = Manager::rollback_transaction(conn);
            Err(error)
        }
    }
}

/// Runs `body` in the caller's transaction. If it fails, only what it wrote is undone, and the
/// transaction goes on. PostgreSQL refuses every statement after one that failed, unless that one
/// is undone so.
///
/// # Errors
/// Returns the errors of `body`, and those of the savepoint itself.
pub fn savepoint<T, E: From<Error>>(
    conn: &mut Conn,
    body: impl FnOnce(&mut Conn) -> std::result::Result<T, E>,
) -> std::result::Result<T, E> {
    type Manager = <Conn as diesel::Connection>::TransactionManager;
    Manager::begin_transaction(conn).map_err(Error::from)?;
    let outcome = body(conn);
    let end = match outcome {
        Ok(_) => Manager::commit_transaction(conn),
        Err(_) => Manager::rollback_transaction(conn),
    };
    end.map_err(Error::from)?;
    outcome
}
