//! A database for one test, on either kind of server, and a lock on its tables.

use std::sync::atomic::{AtomicU32, Ordering};

use diesel::connection::SimpleConnection;
use diesel::sql_types::BigInt;
use diesel::{Connection, PgConnection, QueryableByName, RunQueryDsl, SqliteConnection};
use tempfile::TempDir;

use crate::cluster::{self, Cluster};

/// A new, empty database.
#[derive(Debug)]
pub(crate) enum Database {
    Sqlite(TempDir),
    Postgres(String),
}

impl Database {
    pub(crate) fn sqlite() -> Self {
        let folder = tempfile::Builder::new().prefix("lanyard-faults-").tempdir();
        Self::Sqlite(folder.unwrap())
    }

    /// Returns `None`, and prints a line that says so, if PostgreSQL is not installed.
    pub(crate) fn postgres() -> Option<Self> {
        cluster::shared().map(Self::on)
    }

    /// Makes a database on a server.
    pub(crate) fn on(cluster: &Cluster) -> Self {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let name = format!("faults_{}", MADE.fetch_add(1, Ordering::Relaxed));
        cluster.create_database(&name, None);
        Self::Postgres(cluster.url(&name))
    }

    pub(crate) fn url(&self) -> String {
        match self {
            Self::Sqlite(folder) => {
                format!("sqlite:{}", folder.path().join("lanyard.db").display())
            }
            Self::Postgres(url) => url.clone(),
        }
    }

    /// Returns the number of sessions that wait for a lock. SQLite does not report it; there a lock
    /// is taken before anything is read.
    pub(crate) fn waiting(&self) -> usize {
        #[derive(QueryableByName)]
        struct Count {
            #[diesel(sql_type = BigInt)]
            count: i64,
        }
        let Self::Postgres(url) = self else {
            return usize::MAX;
        };
        let mut conn = PgConnection::establish(url).unwrap();
        let count: Count = diesel::sql_query(
            "SELECT count(*) AS count FROM pg_stat_activity \
             WHERE datname = current_database() AND wait_event_type = 'Lock'",
        )
        .get_result(&mut conn)
        .unwrap();
        usize::try_from(count.count).unwrap()
    }

    /// Blocks all writes until the returned lock is dropped. Reads continue.
    pub(crate) fn hold(&self) -> Hand {
        match self {
            Self::Sqlite(folder) => {
                let path = folder.path().join("lanyard.db");
                let mut conn = SqliteConnection::establish(&path.to_string_lossy()).unwrap();
                conn.batch_execute("PRAGMA busy_timeout = 30000; BEGIN IMMEDIATE")
                    .unwrap();
                Hand::Sqlite(conn)
            }
            Self::Postgres(url) => {
                let mut conn = PgConnection::establish(url).unwrap();
                conn.batch_execute(
                    "BEGIN; LOCK TABLE ledger, operators, organizations, feed, feed_head, sequences, audit \
                     IN EXCLUSIVE MODE",
                )
                .unwrap();
                Hand::Postgres(conn)
            }
        }
    }
}

/// A transaction that holds locks that other transactions need.
pub(crate) enum Hand {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Drop for Hand {
    fn drop(&mut self) {
        let released = match self {
            Self::Sqlite(conn) => conn.batch_execute("ROLLBACK"),
            Self::Postgres(conn) => conn.batch_execute("ROLLBACK"),
        };
        released.unwrap();
    }
}

/// Makes two tests of each function: one on SQLite and one on PostgreSQL.
macro_rules! on_both {
    ($($test:ident),+ $(,)?) => {
        mod sqlite {
            $(#[test] fn $test() { super::$test(&crate::database::Database::sqlite()); })+
        }
        mod postgres {
            $(#[test] fn $test() {
                if let Some(database) = crate::database::Database::postgres() { super::$test(&database); }
            })+
        }
    };
}
pub(crate) use on_both;
