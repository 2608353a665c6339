//! The only folder that depends on the kind of database: connections, pools, column types, schema,
//! migrations.

mod connect;
mod console_sessions;
mod error;
mod free_connections;
mod gate;
mod libpq;
mod migrate;
mod names;
mod party;
mod pool;
mod restored_copy;
mod rows;
mod serialize;
mod set;
mod together;
mod transaction;
mod turns;
mod types;
mod waiting_places;
mod wake;

#[allow(missing_docs, unreachable_pub, reason = "written by the table! macro")]
pub mod schema;

pub use console_sessions::end_console_session;
pub use error::{Error, Result};
pub use migrate::{migrate, migrate_within, pending};
pub use names::{Collision, colliding_names, settle_names};
pub use party::Party;
pub use pool::{Db, Options};
pub use restored_copy::{Holder, damage, holder, write_ahead_log};
pub use rows::{Rows, Statement};
pub use serialize::{Records, allocate, serialize_within, serialize_writes};
pub use set::Sorted;
pub use together::{Access, Group, Together};
use transaction::transaction_of;
pub use transaction::{savepoint, transaction};
pub(crate) use types::{column, word_column};
pub use wake::{Wakeups, wake_others};

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
