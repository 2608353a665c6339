//! Pools: many connections on PostgreSQL; on SQLite several readers and one writer. Who gets one next is decided by `turns`.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use super::connect::STATEMENT_TIMEOUT;
use super::lane::Lane;
use super::places::{Place, Places};
use super::turns::Size;
use super::{Conn, Error, Party, Result, transaction};
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

/// A handle on the database, on behalf of a party; clones share its pools.
#[derive(Clone)]
pub struct Db {
    inner: Arc<Inner>,
    /// None: whose request is at hand, or the service itself.
    party: Option<Party>,
    size: Size,
}

struct Inner {
    readers: Lane,
    writer: Option<Arc<Lane>>,
    options: Options,
    places: Arc<Places>,
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
        let writer = matches!(options.url, DatabaseUrl::Sqlite(_))
            .then(|| Arc::new(Lane::of_the_writer(options, &failing)));
        Ok(Self::with(options.clone(), writer, &failing, None))
    }

    /// The same database for the feed, over a connection that no request can take: for what must go on while every other is in
    /// use. On SQLite it shares the one writer, and goes first; a long transaction that keeps it waiting for longer than `patience`
    /// must give way.
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

    /// The same database on behalf of a party, whosever request is at hand.
    #[must_use]
    pub fn on_behalf_of(&self, party: Party) -> Self {
        Self {
            party: Some(party),
            ..self.clone()
        }
    }

    /// The same database for transactions of as many records as a request may name: one of them at a time, which gives way to
    /// everything else (`turns`). Few may wait; one more of the same party is [`Error::Busy`] at once.
    #[must_use]
    pub fn for_long(&self) -> Self {
        Self {
            size: Size::Long,
            ..self.clone()
        }
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

    /// Whether the database is PostgreSQL.
    #[must_use]
    pub fn is_postgres(&self) -> bool {
        self.inner.writer.is_none()
    }

    /// Connections in use and open, for the metrics.
    #[must_use]
    pub fn usage(&self) -> (u32, u32) {
        let state = self.inner.readers.state();
        (
            state.connections - state.idle_connections,
            state.connections,
        )
    }

    /// Callers at work or waiting, for the metrics.
    #[must_use]
    pub fn callers(&self) -> usize {
        self.inner.places.taken()
    }

    /// How long a caller waits for a connection.
    #[must_use]
    pub fn acquire_timeout(&self) -> Duration {
        self.inner.options.acquire_timeout
    }

    /// The longest a caller is kept: the wait for a connection, and a statement that the database itself gives up. A
    /// database that says nothing at all is not waited for beyond it.
    #[must_use]
    pub fn patience(&self) -> Duration {
        self.inner.options.acquire_timeout + STATEMENT_TIMEOUT + Duration::from_secs(1)
    }

    /// Reads on a blocking thread of the caller's runtime.
    ///
    /// # Errors
    /// [`Error::Busy`], at once where the party has its share of the waiting places; [`Error::Unavailable`], at once when waiting
    /// is pointless; and those of `body`.
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
        // Taken here: the thread that does the work is at work on no request.
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

    /// Reads on this thread. The whole of `body` sees whatever is committed when each statement runs.
    ///
    /// # Errors
    /// Returns an error as [`Db::read`] does.
    pub fn read_blocking<T, E: From<Error>>(
        &self,
        body: impl FnOnce(&mut Conn) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        // However long the write to come: a reader is not what everyone waits for.
        let mut lent = self.inner.readers.lend(self.party(), Size::Short)?;
        body(&mut lent.conn)
    }

    /// Runs a write on this thread that is a single statement on PostgreSQL: it needs no transaction around it there, which
    /// saves two of three round trips.
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
        let lane = self.inner.writer.as_deref();
        let lane = lane.unwrap_or(&self.inner.readers);
        let mut lent = lane.lend(self.party(), self.size)?;
        transaction(&mut lent.conn, body)
    }

    /// Looks whether a connection for reading can be expected at all.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if waiting for one is pointless.
    pub fn check_hope(&self) -> Result<()> {
        self.inner.readers.check_hope()
    }

    /// Whether a long transaction under way must be broken off, for it has kept others waiting: the feed, whose node would else lose its
    /// lease and refuse everybody, or callers that would else be refused. Only ever on SQLite, where there is one writer.
    #[must_use]
    pub fn must_give_way(&self) -> bool {
        let writer = self.inner.writer.as_deref();
        writer.is_some_and(Lane::must_give_way)
    }
}
