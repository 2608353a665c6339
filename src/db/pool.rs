//! The pools: several connections on PostgreSQL; several readers and one writer on SQLite. `turns`
//! decides who gets one next.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use super::connect::STATEMENT_TIMEOUT;
use super::free_connections::Lane;
use super::turns::Size;
use super::waiting_places::{Place, Places};
use super::{Conn, Error, Party, Result, transaction_of};
use crate::config::Url as DatabaseUrl;

/// The options for opening a database.
#[derive(Debug, Clone)]
pub struct Options {
    /// The database's URL.
    pub url: DatabaseUrl,
    /// The number of connections (on SQLite: of readers, in addition to the one writer).
    pub pool_size: u32,
    /// How long a caller waits for a connection.
    pub acquire_timeout: Duration,
}

/// A handle on the database, used on behalf of a party. Clones share its pools.
#[derive(Clone)]
pub struct Db {
    inner: Arc<Inner>,
    /// `None` stands for the party of the current request, or the service itself.
    party: Option<Party>,
    size: Size,
}

struct Inner {
    readers: Lane,
    writer: Option<Arc<Lane>>,
    options: Options,
    places: Arc<Places>,
}

/// How a transaction of at least two callers begins on PostgreSQL. It waits 200 ms for a lock: it may
/// lock rows in another order than another transaction, for example that of a revoke. This is shorter
/// than PostgreSQL's `deadlock_timeout` (1 s), so that in a deadlock it is always this transaction that
/// gives up, and runs again in halves. A caller that is alone, or left alone by this, begins like any
/// other transaction: there PostgreSQL ends the deadlock.
const BEGIN_GROUP: &str = "BEGIN; SET LOCAL lock_timeout = '200ms'";

/// How many callers may wait for each connection before the next one is refused.
const WAITING_PER_CONNECTION: usize = 32;

impl Db {
    /// Opens the pools. No connection is opened yet, so the service starts even if the database is
    /// down.
    ///
    /// # Errors
    /// Returns [`Error::Unavailable`] if SQLite's folder cannot be created.
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
            .then(|| Arc::new(Lane::of_the_writer(options, &failing)));
        Ok(Self::with(options.clone(), writer, &failing, None))
    }

    /// Returns the same database for the feed, with a connection that requests cannot take, so that
    /// the feed can go on while all others are in use. On SQLite it shares the one writer and goes
    /// first; a long transaction that makes it wait longer than `patience` must be aborted.
    #[must_use]
    pub fn reserved(&self, patience: Duration) -> Self {
        if let Some(writer) = &self.inner.writer {
            writer.set_feed_patience(patience);
        }
        let options = Options {
            pool_size: 1,
            ..self.inner.options.clone()
        };
        Self::with(
            options,
            self.inner.writer.clone(),
            &Arc::new(AtomicBool::new(false)),
            Some(Party::Feed),
        )
    }

    /// Returns the same database on behalf of a party, independent of the current request.
    #[must_use]
    pub fn on_behalf_of(&self, party: Party) -> Self {
        Self {
            party: Some(party),
            ..self.clone()
        }
    }

    /// Returns the same database for long transactions (as many records as a request may contain).
    /// They run one at a time and yield to all others (`turns`). Only a few may wait; one more of
    /// the same party gets [`Error::Busy`] at once.
    #[must_use]
    pub fn for_long(&self) -> Self {
        Self {
            size: Size::Long,
            ..self.clone()
        }
    }

    /// Returns whether the party may take no more of the waiting places: [`Db::run`] would return
    /// [`Error::Busy`] at once.
    #[must_use]
    pub fn is_full(&self) -> bool {
        !self.inner.places.admits(self.party(), self.size)
    }

    fn with(
        options: Options,
        writer: Option<Arc<Lane>>,
        failing: &Arc<AtomicBool>,
        party: Option<Party>,
    ) -> Self {
        let waiting = options.pool_size as usize * WAITING_PER_CONNECTION;
        let inner = Inner {
            readers: Lane::of_many(&options, failing),
            writer,
            places: Arc::new(Places::new(waiting)),
            options,
        };
        Self {
            inner: Arc::new(inner),
            party,
            size: Size::Short,
        }
    }

    fn party(&self) -> Party {
        self.party.unwrap_or_else(Party::current)
    }

    /// Returns whether the database is PostgreSQL.
    #[must_use]
    pub fn is_postgres(&self) -> bool {
        self.inner.writer.is_none()
    }

    /// Returns the number of connections in use and the number open, for the metrics.
    #[must_use]
    pub fn usage(&self) -> (u32, u32) {
        let state = self.inner.readers.state();
        (
            state.connections - state.idle_connections,
            state.connections,
        )
    }

    /// Returns the number of callers that wait for the database or use it, for the metrics.
    #[must_use]
    pub fn callers(&self) -> usize {
        self.inner.places.taken()
    }

    /// Returns how long a caller waits for a connection.
    #[must_use]
    pub fn acquire_timeout(&self) -> Duration {
        self.inner.options.acquire_timeout
    }

    /// Returns how long a caller waits at most: the wait for a connection, the database's statement
    /// timeout, and one second. A database that does not answer within this time is treated as
    /// unavailable.
    #[must_use]
    pub fn patience(&self) -> Duration {
        self.inner.options.acquire_timeout + STATEMENT_TIMEOUT + Duration::from_secs(1)
    }

    /// Reads on a blocking thread of the caller's runtime.
    ///
    /// # Errors
    /// Returns [`Error::Busy`], at once if the party has its share of the waiting places;
    /// [`Error::Unavailable`], at once if waiting is pointless; and the errors of `body`.
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

    /// Runs a write transaction on a blocking thread of the caller's runtime. It runs to its end
    /// even if the caller's future is dropped.
    ///
    /// # Errors
    /// Returns an error as [`Db::run`] does.
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

    /// Runs `work` on a blocking thread of the caller's runtime, to its end even if the caller's
    /// future is dropped.
    ///
    /// # Errors
    /// Returns an error as [`Db::read`] does. After [`Db::patience`] it returns
    /// [`Error::Unavailable`], and then it is unknown whether `work` has succeeded.
    pub async fn run<T, E>(
        &self,
        work: impl FnOnce(&Self) -> std::result::Result<T, E> + Send + 'static,
    ) -> std::result::Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        // Determined here, because the thread that does the work belongs to no request.
        let db = self.on_behalf_of(self.party());
        let place = Place::take(&self.inner.places, db.party(), self.size).ok_or(Error::Busy)?;
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

    /// Reads on this thread. Each statement of `body` sees what is committed when it runs.
    ///
    /// # Errors
    /// Returns an error as [`Db::read`] does.
    pub fn read_blocking<T, E: From<Error>>(
        &self,
        body: impl FnOnce(&mut Conn) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        // A read is short, even on a handle for long transactions: it does not block the others.
        let mut lent = self.inner.readers.lend(self.party(), Size::Short)?;
        body(&mut lent.conn)
    }

    /// Runs on this thread a write that is a single statement on PostgreSQL. There it needs no
    /// transaction, which saves two of three round trips.
    ///
    /// # Errors
    /// Returns an error as [`Db::read`] does.
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
    /// Returns an error as [`Db::read`] does.
    pub fn write_blocking<T, E: From<Error>>(
        &self,
        body: impl FnOnce(&mut Conn) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        self.write_begun_by("BEGIN", body)
    }

    /// Runs on this thread a write transaction for several callers, which gives up early when a row
    /// is locked.
    ///
    /// # Errors
    /// Returns an error as [`Db::read`] does.
    pub(super) fn write_group_blocking<T, E: From<Error>>(
        &self,
        body: impl FnOnce(&mut Conn) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        self.write_begun_by(BEGIN_GROUP, body)
    }

    fn write_begun_by<T, E: From<Error>>(
        &self,
        postgres: &'static str,
        body: impl FnOnce(&mut Conn) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        let lane = self.inner.writer.as_deref();
        let lane = lane.unwrap_or(&self.inner.readers);
        let mut lent = lane.lend(self.party(), self.size)?;
        transaction_of(postgres, &mut lent.conn, body)
    }

    /// Checks whether a connection for reading can be expected.
    ///
    /// # Errors
    /// Returns [`Error::Unavailable`] if waiting for one is pointless.
    pub fn check_reachable(&self) -> Result<()> {
        self.inner.readers.check_reachable()
    }

    /// Returns whether the running long transaction must be aborted because it has made others wait
    /// for too long: the feed, whose node would otherwise lose its lease and refuse all requests,
    /// or callers that would otherwise be refused. Always false on PostgreSQL: only SQLite has a
    /// single writer.
    #[must_use]
    pub fn must_give_way(&self) -> bool {
        let writer = self.inner.writer.as_deref();
        writer.is_some_and(Lane::must_give_way)
    }
}
