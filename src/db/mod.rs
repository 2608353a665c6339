//! The only folder that depends on the kind of database: connections, pools, column types, schema,
//! migrations.

mod connect;
mod copy;
mod error;
mod gate;
mod lane;
mod libpq;
mod migrate;
mod names;
mod party;
mod places;
mod pool;
mod rows;
mod set;
mod together;
mod turns;
mod types;
mod wake;

#[allow(missing_docs, unreachable_pub, reason = "written by the table! macro")]
pub mod schema;

pub use copy::{Holder, damage, holder, write_ahead_log};
pub use error::{Error, Result};
pub use migrate::{migrate, migrate_within, pending};
pub use names::{Collision, colliding_names, settle_names};
pub use party::Party;
pub use pool::{Db, Options};
pub use rows::{Rows, Statement};
pub use set::Sorted;
pub use together::{Access, Group, Together};
pub(crate) use types::{column, word_column};
pub use wake::{Wakeups, wake_others};

use diesel::connection::{AnsiTransactionManager, TransactionManager};

use crate::base::OrganizationId;

pub use connection::{Conn, MultiBackend};

#[allow(missing_docs, reason = "the derive writes undocumented items")]
mod connection {
    /// A connection to either database. Queries are written once for both.
    #[derive(diesel::MultiConnection)]
    pub enum Conn {
        /// PostgreSQL, for more than one node.
        Postgres(diesel::PgConnection),
        /// Embedded SQLite, the default.
        Sqlite(diesel::SqliteConnection),
    }
}

impl diesel::backend::sql_dialect::returning_clause::SupportsReturningClause
    for <MultiBackend as diesel::backend::SqlDialect>::ReturningClause
{
}

/// Runs a statement on the connection's database, for the few clauses that `MultiConnection` cannot
/// express (ON CONFLICT, batch insert, raw statements).
#[macro_export]
macro_rules! on_backend {
    ($conn:expr, $c:ident => $run:expr) => {
        match $conn {
            $crate::db::Conn::Postgres($c) => $run,
            $crate::db::Conn::Sqlite($c) => $run,
        }
    };
}

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
fn transaction_of<T, E: From<Error>>(
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

/// Takes `count` new numbers from the named sequence and returns the first. The sequence's row
/// stays locked until the transaction ends, which also serializes the transactions that create such
/// records.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn allocate(conn: &mut Conn, name: &'static str, count: i64) -> Result<i64> {
    use diesel::prelude::*;
    use schema::sequences;
    let last: i64 = diesel::update(sequences::table.find(name))
        .set(sequences::value.eq(sequences::value + count))
        .returning(sequences::value)
        .get_result(conn)?;
    Ok(last - count + 1)
}

/// Serializes read-modify-write transactions on the records of the named sequence, by locking its
/// row until the transaction ends. Must be called before the records are read, and always as a
/// transaction's first lock, so that no deadlock is possible.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn serialize_writes(conn: &mut Conn, name: &'static str) -> Result<()> {
    allocate(conn, name, 0).map(|_| ())
}

/// Like [`serialize_writes`], for the records of one organization only: transactions of other
/// organizations do not wait. On SQLite it does nothing, because only one transaction writes at a
/// time.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn serialize_within(conn: &mut Conn, name: Records, of: OrganizationId) -> Result<()> {
    use diesel::prelude::*;
    if let Conn::Postgres(conn) = conn {
        // Organizations whose ids share their low 31 bits wait for each other, which is harmless.
        let of = i32::try_from(of.0 & i64::from(i32::MAX)).unwrap_or_default();
        diesel::sql_query("SELECT pg_advisory_xact_lock($1, $2)")
            .bind::<diesel::sql_types::Integer, _>(name as i32)
            .bind::<diesel::sql_types::Integer, _>(of)
            .execute(conn)?;
    }
    Ok(())
}

/// The kinds of record whose writes are serialized for each organization.
#[derive(Debug, Clone, Copy)]
#[repr(i32)]
pub enum Records {
    /// The organization's operators.
    Operators = 1,
    /// The organization's clients, and the scopes, roles and resources that they may name.
    Clients = 2,
}
