//! Pools: many connections on PostgreSQL; on SQLite several readers and one writer behind a fair lock.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::r2d2::{ManageConnection, Pool, PooledConnection, R2D2Connection};
use diesel::{Connection, PgConnection, SqliteConnection};
use parking_lot::FairMutex;
use secrecy::ExposeSecret;

use super::{Conn, Error, Result, transaction};
use crate::config::Url as DatabaseUrl;

/// How to open a database.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where it is.
    pub url: DatabaseUrl,
    /// Connections (on SQLite: readers, beside the one writer).
    pub pool_size: u32,
    /// How long a caller waits for a connection.
    pub acquire_timeout: Duration,
}

/// A handle on the database; clones share its pools.
#[derive(Clone)]
pub struct Db(Arc<Inner>);

struct Inner {
    readers: Pool<Manager>,
    writer: Option<(Pool<Manager>, FairMutex<()>)>,
    acquire_timeout: Duration,
    failing: Arc<AtomicBool>,
    waiting: AtomicUsize,
    waiting_limit: usize,
}

/// Callers that may wait for each connection before the next is refused.
const WAITING_PER_CONNECTION: usize = 32;

impl Db {
    /// Opens the pools. No connection is made yet: a database that is down at start is waited for, not died of.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when SQLite's folder cannot be made.
    pub fn open(options: &Options) -> Result<Self> {
        if let DatabaseUrl::Sqlite(path) = &options.url
            && let Some(folder) = path
                .parent()
                .filter(|folder| !folder.as_os_str().is_empty())
        {
            std::fs::create_dir_all(folder).map_err(|why| {
                Error::Unavailable(format!("cannot make {}: {why}", folder.display()))
            })?;
        }
        let failing = Arc::new(AtomicBool::new(false));
        let pool = |size: u32| {
            Pool::builder()
                .max_size(size)
                .min_idle(Some(1))
                .test_on_check_out(false)
                .connection_timeout(options.acquire_timeout)
                .error_handler(Box::new(Quiet))
                .build_unchecked(Manager {
                    url: options.url.clone(),
                    failing: Arc::clone(&failing),
                })
        };
        Ok(Self(Arc::new(Inner {
            readers: pool(options.pool_size),
            writer: matches!(options.url, DatabaseUrl::Sqlite(_))
                .then(|| (pool(1), FairMutex::new(()))),
            acquire_timeout: options.acquire_timeout,
            failing,
            waiting: AtomicUsize::new(0),
            waiting_limit: options.pool_size as usize * WAITING_PER_CONNECTION,
        })))
    }

    /// Whether the database is PostgreSQL.
    #[must_use]
    pub fn is_postgres(&self) -> bool {
        self.0.writer.is_none()
    }

    /// Connections in use and open, for the metrics.
    #[must_use]
    pub fn usage(&self) -> (u32, u32) {
        let state = self.0.readers.state();
        (
            state.connections - state.idle_connections,
            state.connections,
        )
    }

    /// Reads on a blocking thread of the caller's runtime.
    ///
    /// # Errors
    /// [`Error::Busy`] and [`Error::Unavailable`] at once when waiting is pointless, and those of `body`.
    pub async fn read<T, E>(
        &self,
        body: impl FnOnce(&mut Conn) -> std::result::Result<T, E> + Send + 'static,
    ) -> std::result::Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let db = self.clone();
        self.blocking(move || db.read_blocking(body)).await
    }

    /// Runs a write transaction on a blocking thread of the caller's runtime. It runs to its end even if the caller
    /// is dropped.
    ///
    /// # Errors
    /// As [`Db::read`].
    pub async fn write<T, E>(
        &self,
        body: impl FnOnce(&mut Conn) -> std::result::Result<T, E> + Send + 'static,
    ) -> std::result::Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let db = self.clone();
        self.blocking(move || db.write_blocking(body)).await
    }

    async fn blocking<T, E>(
        &self,
        work: impl FnOnce() -> std::result::Result<T, E> + Send + 'static,
    ) -> std::result::Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        if self.0.waiting.fetch_add(1, Ordering::AcqRel) >= self.0.waiting_limit {
            self.0.waiting.fetch_sub(1, Ordering::AcqRel);
            return Err(Error::Busy.into());
        }
        let db = self.clone();
        let joined = tokio::task::spawn_blocking(move || {
            let outcome = work();
            db.0.waiting.fetch_sub(1, Ordering::AcqRel);
            outcome
        })
        .await;
        joined.unwrap_or_else(|why| Err(Error::Internal(why.to_string()).into()))
    }

    /// Reads on this thread. The whole of `body` sees whatever is committed when each statement runs.
    ///
    /// # Errors
    /// As [`Db::read`].
    pub fn read_blocking<T, E: From<Error>>(
        &self,
        body: impl FnOnce(&mut Conn) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        let mut conn = self.connection(&self.0.readers)?;
        body(&mut conn)
    }

    /// Runs a write transaction on this thread.
    ///
    /// # Errors
    /// As [`Db::read`].
    pub fn write_blocking<T, E: From<Error>>(
        &self,
        body: impl FnOnce(&mut Conn) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        let Some((pool, turn)) = &self.0.writer else {
            let mut conn = self.connection(&self.0.readers)?;
            return transaction(&mut conn, body);
        };
        // The fair lock gives a change of the console its turn while the ledger commits back to back.
        let _turn = turn
            .try_lock_for(self.0.acquire_timeout)
            .ok_or(Error::Busy)?;
        let mut conn = self.connection(pool)?;
        transaction(&mut conn, body)
    }

    fn connection(&self, pool: &Pool<Manager>) -> Result<PooledConnection<Manager>> {
        if self.0.failing.load(Ordering::Acquire) && pool.state().idle_connections == 0 {
            return Err(Error::Unavailable(
                "connections are being refused".to_owned(),
            ));
        }
        pool.get().map_err(|why| {
            if self.0.failing.load(Ordering::Acquire) {
                Error::Unavailable(why.to_string())
            } else {
                Error::Busy
            }
        })
    }
}

/// Opens connections by the URL's scheme; the derived `establish` would try each database in turn and hide the error.
struct Manager {
    url: DatabaseUrl,
    failing: Arc<AtomicBool>,
}

impl ManageConnection for Manager {
    type Connection = Conn;
    type Error = Error;

    fn connect(&self) -> Result<Conn> {
        let opened = establish(&self.url);
        if self.failing.swap(opened.is_err(), Ordering::AcqRel) != opened.is_err() {
            match &opened {
                Ok(_) => tracing::info!("the database is reachable again"),
                Err(why) => tracing::error!(%why, "the database cannot be reached"),
            }
        }
        opened
    }

    fn is_valid(&self, conn: &mut Conn) -> Result<()> {
        conn.batch_execute("SELECT 1").map_err(Error::from)
    }

    fn has_broken(&self, conn: &mut Conn) -> bool {
        std::thread::panicking() || conn.is_broken()
    }
}

pub(super) fn establish(url: &DatabaseUrl) -> Result<Conn> {
    let unavailable = |why: diesel::ConnectionError| Error::Unavailable(why.to_string());
    match url {
        DatabaseUrl::Postgres(url) => {
            let mut conn = PgConnection::establish(url.expose_secret()).map_err(unavailable)?;
            conn.batch_execute(
                "SET timezone = 'UTC'; SET lock_timeout = '5s'; SET statement_timeout = '30s'",
            )?;
            Ok(Conn::Postgres(conn))
        }
        DatabaseUrl::Sqlite(path) => {
            let mut conn =
                SqliteConnection::establish(&path.to_string_lossy()).map_err(unavailable)?;
            // busy_timeout first: the switch to WAL itself needs the lock.
            conn.batch_execute(
                "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
                 PRAGMA foreign_keys = ON;",
            )?;
            Ok(Conn::Sqlite(conn))
        }
    }
}

/// Connection failures are told once by [`Manager::connect`], not at each of the pool's attempts.
#[derive(Debug)]
struct Quiet;

impl diesel::r2d2::HandleError<Error> for Quiet {
    fn handle_error(&self, _: Error) {}
}
