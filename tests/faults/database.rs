//! A database of a test's own, on either kind of server, and a hand that holds its tables fast.

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

    /// None, with a line that says so, where PostgreSQL is not installed.
    pub(crate) fn postgres() -> Option<Self> {
        cluster::shared().map(Self::on)
    }

    /// A database on a server.
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

    /// Sessions that wait for a lock. SQLite does not tell; there a lock is taken before anything is read.
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

    /// Lets no one write until the hand is dropped; reading goes on.
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

/// A transaction that holds what others want.
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

/// Makes each function a test on SQLite and one on PostgreSQL.
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
