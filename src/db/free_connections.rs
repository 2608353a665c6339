//! Connections, and which caller gets the next one.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::r2d2::{Builder, CustomizeConnection, Pool, PooledConnection, State};

use super::connect::{Manager, Quiet, is_cut};
use super::gate::{Gate, Pass};
use super::turns::{Patience, Size};
use super::{Conn, Error, Options, Party, Result};
use crate::base::clock;

/// If no connection was taken or returned for this long while all are in use, waiting is pointless.
const HANGS_AFTER: Duration = Duration::from_secs(2);

/// How often a waiting caller checks whether waiting has become pointless.
const LOOK: Duration = Duration::from_millis(250);

/// How much memory SQLite's writer may use for pages: what a thousand changed operators and their
/// lines in the audit log touch. With less, a transaction writes pages to the log and reads them again
/// before it ends, and all others wait for it.
const WRITER_CACHE: &str = "PRAGMA cache_size = -16384";

/// Gives SQLite's writer its memory.
#[derive(Debug)]
struct WriterCache;

impl CustomizeConnection<Conn, Error> for WriterCache {
    fn on_acquire(&self, conn: &mut Conn) -> Result<()> {
        Ok(conn.batch_execute(WRITER_CACHE)?)
    }
}

/// A pool of connections that parties take turns with.
pub(super) struct Lane {
    pool: Pool<Manager>,
    gate: Gate,
    acquire_timeout: Duration,
    /// Whether the last attempt to open a connection failed.
    failing: Arc<AtomicBool>,
    /// When a connection was last taken or returned ([`clock::boot_millis`]).
    moved: AtomicU64,
    hangs_after: Duration,
}

impl Lane {
    /// Returns a lane with the number of connections in the options.
    pub(super) fn of_many(options: &Options, failing: &Arc<AtomicBool>) -> Self {
        let pool = Pool::builder().max_size(options.pool_size);
        Self::new(options, pool, failing, HANGS_AFTER)
    }

    /// Returns the lane of SQLite's one writing connection. It has no limit on how long it is held:
    /// its holder is working, or waiting for another process's lock, and such a wait ends by
    /// itself.
    pub(super) fn of_the_writer(options: &Options, failing: &Arc<AtomicBool>) -> Self {
        let pool = Pool::builder().max_size(1);
        let pool = pool.connection_customizer(Box::new(WriterCache));
        Self::new(options, pool, failing, Duration::MAX)
    }

    fn new(
        options: &Options,
        pool: Builder<Manager>,
        failing: &Arc<AtomicBool>,
        hangs_after: Duration,
    ) -> Self {
        let patience = Patience {
            feed: Duration::MAX,
            others: options.acquire_timeout / 2,
        };
        let pool = pool
            .min_idle(Some(1))
            .test_on_check_out(false)
            .connection_timeout(options.acquire_timeout)
            .error_handler(Box::new(Quiet))
            .build_unchecked(Manager {
                url: options.url.clone(),
                failing: Arc::clone(failing),
            });
        Self {
            gate: Gate::new(pool.max_size() as usize, patience),
            pool,
            acquire_timeout: options.acquire_timeout,
            failing: Arc::clone(failing),
            moved: AtomicU64::new(clock::boot_millis()),
            hangs_after,
        }
    }

    pub(super) fn state(&self) -> State {
        self.pool.state()
    }

    /// Sets how long the feed may wait for a long turn.
    pub(super) fn set_feed_patience(&self, patience: Duration) {
        self.gate.set_feed_patience(patience);
    }

    /// Returns whether a long turn must be aborted.
    pub(super) fn must_give_way(&self) -> bool {
        self.gate.must_give_way()
    }

    /// Lends a connection when it is the party's turn.
    pub(super) fn lend(&self, party: Party, size: Size) -> Result<Lent<'_>> {
        let asked = clock::boot_time();
        let pass = self.gate.request(party, size);
        loop {
            self.check_reachable()?;
            let waited = clock::boot_time().saturating_sub(asked);
            let left = self.acquire_timeout.saturating_sub(waited);
            if pass.wait(left.min(LOOK))
                && let Ok(mut conn) = self.pool.get_timeout(left.min(LOOK))
            {
                // The server closed it while it was idle, for example at a restart. The pool drops
                // it and opens another.
                if is_cut(&mut conn) {
                    continue;
                }
                self.moved.store(clock::boot_millis(), Ordering::Release);
                return Ok(Lent {
                    conn,
                    moved: &self.moved,
                    _pass: pass,
                });
            }
            if left <= LOOK {
                return Err(Error::Busy);
            }
        }
    }

    /// Returns an error if no connection can be expected.
    pub(super) fn check_reachable(&self) -> Result<()> {
        if self.is_hopeless() {
            return Err(Error::Unavailable(
                "no connection can be had, or none comes back".to_owned(),
            ));
        }
        Ok(())
    }

    /// Returns whether no connection can be expected: none is open and none can be opened, or all
    /// are in use and none was returned for a while.
    fn is_hopeless(&self) -> bool {
        let state = self.pool.state();
        if state.idle_connections > 0 {
            return false;
        }
        let failing = self.failing.load(Ordering::Acquire);
        if state.connections == 0 {
            return failing;
        }
        let no_more = state.connections == self.pool.max_size() || failing;
        let still = clock::boot_millis().saturating_sub(self.moved.load(Ordering::Acquire));
        no_more && Duration::from_millis(still) > self.hangs_after
    }
}

/// A borrowed connection. It is returned before the turn ends, because fields are dropped in order.
pub(super) struct Lent<'a> {
    pub(super) conn: PooledConnection<Manager>,
    moved: &'a AtomicU64,
    _pass: Pass<'a>,
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        self.moved.store(clock::boot_millis(), Ordering::Release);
    }
}
