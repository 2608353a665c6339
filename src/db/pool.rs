//! Pools: many connections on PostgreSQL; on SQLite several readers and one writer. Who gets one next is decided by `turns`.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use diesel::r2d2::{Pool, PooledConnection};

use super::connect::{Manager, Quiet, STATEMENT_TIMEOUT, is_cut};
use super::gate::{Gate, Pass};
use super::places::{Place, Places};
use super::turns::{Patience, Size};
use super::{Conn, Error, Party, Result, transaction};
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
    failing: Arc<AtomicBool>,
    places: Arc<Places>,
}

/// Connections, and who gets one next.
struct Lane {
    pool: Pool<Manager>,
    gate: Gate,
    /// When a connection was last taken or given back ([`clock::boot_millis`]).
    moved: AtomicU64,
    /// When every connection has been out for so long that waiting for one is pointless.
    hangs_after: Duration,
}

/// Callers that may wait for each connection before the next is refused.
const WAITING_PER_CONNECTION: usize = 32;

/// [`Lane::hangs_after`] of connections that may hang.
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
            // Whoever has the one writer works, or waits for another process's lock, which ends by itself.
            .then(|| Arc::new(Lane::new(options, 1, &failing, Duration::MAX)));
        Ok(Self::with(options.clone(), writer, failing, None))
    }

    /// The same database for the feed, over a connection that no request can take: for what must go on while every other is in
    /// use. On SQLite it shares the one writer, and goes first; a long transaction that keeps it waiting for longer than `patience`
    /// must give way.
    #[must_use]
    pub fn reserved(&self, patience: Duration) -> Self {
        if let Some(writer) = &self.inner.writer {
            writer.gate.set_feed_patience(patience);
        }
        let options = Options {
            pool_size: 1,
            ..self.inner.options.clone()
        };
        Self::with(
            options,
            self.inner.writer.clone(),
            Arc::new(AtomicBool::new(false)),
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
        failing: Arc<AtomicBool>,
        party: Option<Party>,
    ) -> Self {
        let waiting = options.pool_size as usize * WAITING_PER_CONNECTION;
        let inner = Inner {
            readers: Lane::new(&options, options.pool_size, &failing, HANGS_AFTER),
            writer,
            failing,
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
        let state = self.inner.readers.pool.state();
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
    /// As [`Db::read`].
    pub fn read_blocking<T, E: From<Error>>(
        &self,
        body: impl FnOnce(&mut Conn) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        // However long the write to come: a reader is not what everyone waits for.
        let mut lent = self.connection(&self.inner.readers, Size::Short)?;
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
        let lane = self.inner.writer.as_deref();
        let mut lent = self.connection(lane.unwrap_or(&self.inner.readers), self.size)?;
        transaction(&mut lent.conn, body)
    }

    /// Whether a long transaction under way must be broken off, for it has kept others waiting: the feed, whose node would else lose its
    /// lease and refuse everybody, or callers that would else be refused. Only ever on SQLite, where there is one writer.
    #[must_use]
    pub fn must_give_way(&self) -> bool {
        let writer = self.inner.writer.as_deref();
        writer.is_some_and(|writer| writer.gate.must_give_way())
    }

    fn connection<'a>(&'a self, lane: &'a Lane, size: Size) -> Result<Lent<'a>> {
        let asked = clock::boot_time();
        let pass = lane.gate.ask(self.party(), size);
        loop {
            if self.is_hopeless(lane) {
                return Err(Error::Unavailable(
                    "no connection can be had, or none comes back".to_owned(),
                ));
            }
            let waited = clock::boot_time().saturating_sub(asked);
            let left = self.inner.options.acquire_timeout.saturating_sub(waited);
            if pass.wait(left.min(LOOK))
                && let Ok(mut conn) = lane.pool.get_timeout(left.min(LOOK))
            {
                // Closed while nobody used it, as when the database was restarted: the pool drops it and opens another.
                if is_cut(&mut conn) {
                    continue;
                }
                lane.moved.store(clock::boot_millis(), Ordering::Release);
                return Ok(Lent {
                    conn,
                    moved: &lane.moved,
                    _pass: pass,
                });
            }
            if left <= LOOK {
                return Err(Error::Busy);
            }
        }
    }

    /// Whether nobody can expect a connection: none is open and none can be opened, or all are out and nothing moves.
    fn is_hopeless(&self, lane: &Lane) -> bool {
        let state = lane.pool.state();
        if state.idle_connections > 0 {
            return false;
        }
        if state.connections == 0 {
            return self.inner.failing.load(Ordering::Acquire);
        }
        let no_more =
            state.connections == lane.pool.max_size() || self.inner.failing.load(Ordering::Acquire);
        let still = clock::boot_millis().saturating_sub(lane.moved.load(Ordering::Acquire));
        no_more && Duration::from_millis(still) > lane.hangs_after
    }
}

impl Lane {
    fn new(options: &Options, size: u32, failing: &Arc<AtomicBool>, hangs_after: Duration) -> Self {
        let patience = Patience {
            feed: Duration::MAX,
            others: options.acquire_timeout / 2,
        };
        Self {
            pool: pool(options, size, failing),
            gate: Gate::new(size as usize, patience),
            moved: AtomicU64::new(clock::boot_millis()),
            hangs_after,
        }
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

/// A connection on loan. It goes back before the turn is over: fields are dropped in order.
struct Lent<'a> {
    conn: PooledConnection<Manager>,
    moved: &'a AtomicU64,
    _pass: Pass<'a>,
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        self.moved.store(clock::boot_millis(), Ordering::Release);
    }
}
