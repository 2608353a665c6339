//! Pools: many connections on PostgreSQL; on SQLite several readers and one writer behind a fair lock.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use diesel::r2d2::{Pool, PooledConnection};
use parking_lot::FairMutex;

use super::connect::{Manager, Quiet, STATEMENT_TIMEOUT, is_cut};
use super::{Conn, Error, Result, transaction};
use crate::base::clock;
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
    writer: Option<Arc<(Pool<Manager>, FairMutex<()>)>>,
    options: Options,
    acquire_timeout: Duration,
    failing: Arc<AtomicBool>,
    /// When a reader was last taken or given back ([`clock::boot_millis`]).
    moved: AtomicU64,
    waiting: AtomicUsize,
    waiting_limit: usize,
}

/// Callers that may wait for each connection before the next is refused.
const WAITING_PER_CONNECTION: usize = 32;

/// When every connection has been out for so long that waiting for one is pointless.
const HANGS_AFTER: Duration = Duration::from_secs(2);

/// How often a waiting caller looks whether waiting has become pointless.
const LOOK: Duration = Duration::from_millis(250);

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
        let writer = matches!(options.url, DatabaseUrl::Sqlite(_))
            .then(|| Arc::new((pool(options, 1, &failing), FairMutex::new(()))));
        Ok(Self::with(options.clone(), writer, failing))
    }

    /// The same database over a connection that no request can take: for what must go on while every other is in use. On
    /// SQLite it shares the one writer and its turns.
    #[must_use]
    pub fn reserved(&self) -> Self {
        let options = Options {
            pool_size: 1,
            ..self.0.options.clone()
        };
        Self::with(
            options,
            self.0.writer.clone(),
            Arc::new(AtomicBool::new(false)),
        )
    }

    fn with(
        options: Options,
        writer: Option<Arc<(Pool<Manager>, FairMutex<()>)>>,
        failing: Arc<AtomicBool>,
    ) -> Self {
        Self(Arc::new(Inner {
            readers: pool(&options, options.pool_size, &failing),
            writer,
            acquire_timeout: options.acquire_timeout,
            failing,
            moved: AtomicU64::new(clock::boot_millis()),
            waiting: AtomicUsize::new(0),
            waiting_limit: options.pool_size as usize * WAITING_PER_CONNECTION,
            options,
        }))
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

    /// Callers at work or waiting, for the metrics.
    #[must_use]
    pub fn callers(&self) -> usize {
        self.0.waiting.load(Ordering::Acquire)
    }

    /// How long a caller waits for a connection.
    #[must_use]
    pub fn acquire_timeout(&self) -> Duration {
        self.0.acquire_timeout
    }

    /// The longest a caller is kept: the wait for a connection, and a statement that the database itself gives up. A
    /// database that says nothing at all is not waited for beyond it.
    #[must_use]
    pub fn patience(&self) -> Duration {
        self.0.acquire_timeout + STATEMENT_TIMEOUT + Duration::from_secs(1)
    }

    /// Reads on a blocking thread of the caller's runtime.
    ///
    /// # Errors
    /// [`Error::Busy`] and [`Error::Unavailable`], at once when waiting is pointless, and those of `body`.
    pub async fn read<T, E>(
        &self,
        body: impl FnOnce(&mut Conn) -> std::result::Result<T, E> + Send + 'static,
    ) -> std::result::Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        self.run(move |db| db.read_blocking(body)).await
    }

    /// Runs a write transaction on a blocking thread of the caller's runtime. It runs to its end even if the caller
    /// is dropped.
    ///
    /// # Errors
    /// As [`Db::run`].
    pub async fn write<T, E>(
        &self,
        body: impl FnOnce(&mut Conn) -> std::result::Result<T, E> + Send + 'static,
    ) -> std::result::Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        self.run(move |db| db.write_blocking(body)).await
    }

    /// Runs `work` on a blocking thread of the caller's runtime, to its end even if the caller is dropped.
    ///
    /// # Errors
    /// As [`Db::read`]. After [`Db::patience`] it is [`Error::Unavailable`], and whether `work` is yet done is not known.
    pub async fn run<T, E>(
        &self,
        work: impl FnOnce(&Self) -> std::result::Result<T, E> + Send + 'static,
    ) -> std::result::Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let place = Place::take(self).ok_or(Error::Busy)?;
        let db = self.clone();
        let work = tokio::task::spawn_blocking(move || {
            let _place = place;
            work(&db)
        });
        match tokio::time::timeout(self.patience(), work).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(why)) => Err(Error::Internal(why.to_string()).into()),
            Err(_) => Err(Error::Unavailable("it does not answer".to_owned()).into()),
        }
    }

    /// Reads on this thread. The whole of `body` sees whatever is committed when each statement runs.
    ///
    /// # Errors
    /// As [`Db::read`].
    pub fn read_blocking<T, E: From<Error>>(
        &self,
        body: impl FnOnce(&mut Conn) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        let mut lent = self.connection(&self.0.readers)?;
        body(&mut lent.conn)
    }

    /// Runs a write on this thread that is a single statement on PostgreSQL: it needs no transaction around it there, which
    /// saves two of three round trips.
    ///
    /// # Errors
    /// As [`Db::read`].
    pub fn write_statement_blocking<T, E: From<Error>>(
        &self,
        body: impl FnOnce(&mut Conn) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        if self.is_postgres() {
            self.read_blocking(body)
        } else {
            self.write_blocking(body)
        }
    }

    /// Runs a write transaction on this thread.
    ///
    /// # Errors
    /// As [`Db::read`].
    pub fn write_blocking<T, E: From<Error>>(
        &self,
        body: impl FnOnce(&mut Conn) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        let Some((pool, turn)) = self.0.writer.as_deref() else {
            let mut lent = self.connection(&self.0.readers)?;
            return transaction(&mut lent.conn, body);
        };
        // The fair lock gives a change of the console its turn while the ledger commits back to back.
        let _turn = turn
            .try_lock_for(self.0.acquire_timeout)
            .ok_or(Error::Busy)?;
        let mut lent = self.connection(pool)?;
        transaction(&mut lent.conn, body)
    }

    fn connection(&self, pool: &Pool<Manager>) -> Result<Lent<'_>> {
        let asked = clock::boot_time();
        loop {
            self.check_hope_of(pool)?;
            let waited = clock::boot_time().saturating_sub(asked);
            let left = self.0.acquire_timeout.saturating_sub(waited);
            if let Ok(mut conn) = pool.get_timeout(left.min(LOOK)) {
                // Closed while nobody used it, as when the database was restarted: the pool drops it and opens another.
                if is_cut(&mut conn) {
                    continue;
                }
                self.0.moved.store(clock::boot_millis(), Ordering::Release);
                return Ok(Lent {
                    conn,
                    moved: &self.0.moved,
                });
            }
            if left <= LOOK {
                return Err(Error::Busy);
            }
        }
    }

    /// Looks whether a connection for reading can be expected at all.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if waiting for one is pointless.
    pub fn check_hope(&self) -> Result<()> {
        self.check_hope_of(&self.0.readers)
    }

    fn check_hope_of(&self, pool: &Pool<Manager>) -> Result<()> {
        if self.is_hopeless(pool) {
            return Err(Error::Unavailable(
                "no connection can be had, or none comes back".to_owned(),
            ));
        }
        Ok(())
    }

    /// Whether nobody can expect a connection: none is open and none can be opened, or all are out and nothing moves.
    fn is_hopeless(&self, pool: &Pool<Manager>) -> bool {
        let state = pool.state();
        if state.idle_connections > 0 {
            return false;
        }
        if state.connections == 0 {
            return self.0.failing.load(Ordering::Acquire);
        }
        let no_more =
            state.connections == pool.max_size() || self.0.failing.load(Ordering::Acquire);
        let still = clock::boot_millis().saturating_sub(self.0.moved.load(Ordering::Acquire));
        no_more && Duration::from_millis(still) > HANGS_AFTER
    }
}

fn pool(options: &Options, size: u32, failing: &Arc<AtomicBool>) -> Pool<Manager> {
    Pool::builder()
        .max_size(size)
        .min_idle(Some(1))
        .test_on_check_out(false)
        .connection_timeout(options.acquire_timeout)
        .error_handler(Box::new(Quiet))
        .build_unchecked(Manager {
            url: options.url.clone(),
            failing: Arc::clone(failing),
        })
}

/// A place among the callers that wait or work; free again when dropped.
struct Place(Db);

impl Place {
    fn take(db: &Db) -> Option<Self> {
        let place = Self(db.clone());
        let before = db.0.waiting.fetch_add(1, Ordering::AcqRel);
        (before < db.0.waiting_limit).then_some(place)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.0.waiting.fetch_sub(1, Ordering::AcqRel);
    }
}

/// A connection on loan.
struct Lent<'a> {
    conn: PooledConnection<Manager>,
    moved: &'a AtomicU64,
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        self.moved.store(clock::boot_millis(), Ordering::Release);
    }
}
