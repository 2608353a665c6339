//! Follows the feed. The laws: a node registers, then syncs, then serves; it applies, then
//! confirms; a lease counts from before the sync.

mod apply;
mod membership;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use parking_lot::Mutex;

use super::registry::{NodeId, Watch};
use super::{Index, Lease, LeaseSnapshot, Listener, Position, store};
use crate::base::{Clock, Sequence, clock};
use crate::db::{Db, Error, Result, Wakeups};

/// How long a thread waits for another thread that is syncing.
const TURN: Duration = Duration::from_secs(2);

/// A node's view of the feed.
pub struct Feed {
    db: Db,
    clock: Clock,
    index: Arc<Index>,
    lease: Arc<Lease>,
    listeners: Vec<Arc<dyn Listener>>,
    node: NodeId,
    length: Duration,
    turn: Mutex<Turn>,
    stopped: AtomicBool,
}

/// The state of a sync. Only one thread syncs at a time.
#[derive(Default)]
struct Turn {
    registered: bool,
    /// Everything up to here is applied.
    applied: Position,
    confirmed: Position,
    watch: Watch,
}

impl Feed {
    /// Registers this node and loads the live revocations. The number of entries it reads depends
    /// on them alone, not on the number of tokens that were ever issued.
    ///
    /// # Errors
    /// Returns an error if the database fails.
    pub fn load(
        db: Db,
        index: Arc<Index>,
        lease: Arc<Lease>,
        length: Duration,
        listeners: Vec<Arc<dyn Listener>>,
        clock: &Clock,
    ) -> Result<Self> {
        let feed = Self {
            db,
            clock: clock.clone(),
            index,
            lease,
            listeners,
            node: NodeId::draw(),
            length,
            turn: Mutex::default(),
            stopped: AtomicBool::new(false),
        };
        {
            let mut turn = feed.turn.lock();
            feed.register(&mut turn)?;
            let began = clock::boot_time();
            feed.load_live(&mut turn)?;
            // Reads what replaced an entry that was purged during the load.
            feed.apply_new(&mut turn)?;
            feed.confirm(&mut turn, began)?;
        }
        Ok(feed)
    }

    /// Returns the last sequence up to which the index holds every entry. A token that is signed
    /// now carries it as `rev`. Read it before any record that the decision to sign depends on.
    #[must_use]
    pub fn applied(&self) -> Sequence {
        self.index.reached()
    }

    /// Returns the index.
    #[must_use]
    pub fn index(&self) -> &Index {
        &self.index
    }

    /// Returns the id of this node.
    #[must_use]
    pub const fn node(&self) -> NodeId {
        self.node
    }

    /// Returns a snapshot of the lease. Take it before you read what the answer depends on, and
    /// check afterwards that this snapshot has not expired.
    #[must_use]
    pub fn lease_snapshot(&self) -> LeaseSnapshot {
        self.lease.take()
    }

    /// Returns the length of this node's leases.
    #[must_use]
    pub const fn lease_length(&self) -> Duration {
        self.length
    }

    /// Whether this node may answer from memory.
    #[must_use]
    pub fn holds_lease(&self) -> bool {
        self.lease.take().holds(clock::boot_time())
    }

    /// Applies everything committed so far, confirms it in the registry, and renews the lease.
    ///
    /// # Errors
    /// Returns an error if the database fails, and [`Error::Busy`] if another thread has been
    /// syncing for more than two seconds. The lease is then not renewed.
    pub fn sync(&self) -> Result<()> {
        let mut turn = self.turn.try_lock_for(TURN).ok_or(Error::Busy)?;
        self.register(&mut turn)?;
        let began = clock::boot_time();
        self.apply_new(&mut turn)?;
        // An idle node need not write at every poll: it writes once a third of its lease has
        // passed.
        let fresh = self.lease.take().left(began) > self.length / 3 * 2;
        if fresh && turn.confirmed == turn.applied {
            return Ok(());
        }
        self.confirm(&mut turn, began)?;
        self.remove_silent_nodes(&mut turn)
    }

    /// Catches up to `rev`, which a token of this service carries: some node had applied `rev`, so
    /// it was committed. If the database no longer has this sequence, entries are lost. Then this
    /// writes an entry that revokes every token whose `rev` is a lost sequence, and lifts the head
    /// above it. Afterwards this node can judge the token.
    ///
    /// # Errors
    /// Returns an error if the database fails.
    pub fn catch_up_to(&self, rev: Sequence) -> Result<()> {
        self.sync()?;
        if self.applied() >= rev {
            return Ok(());
        }
        let now = self.clock.now();
        let lost = self
            .db
            .write_blocking(|conn| store::record_lost(conn, rev, now))?;
        if let Some(entry) = lost {
            tracing::error!(
                %rev, lifted_to = %entry.seq,
                "a token of this service names a sequence above the head: committed entries are lost, as by a restore \
                 or a failover. Tokens that name lost sequences are revoked. After a restore, stop every node and run `lanyard restore`"
            );
        }
        self.sync()
    }

    /// Follows what other processes write, until [`Feed::stop`]. It runs on a thread of its own.
    pub fn follow(&self, wakeups: &mut Wakeups, poll: Duration) {
        let mut reachable = true;
        let mut leased = true;
        loop {
            wakeups.wait(poll, &|| self.stopped.load(Ordering::Acquire));
            if self.stopped.load(Ordering::Acquire) {
                return;
            }
            let outcome = self.sync();
            if outcome.is_ok() != reachable {
                reachable = outcome.is_ok();
                match outcome {
                    Ok(()) => tracing::info!(applied = %self.applied(), "following the feed again"),
                    Err(why) => tracing::warn!(%why, "the feed cannot be followed"),
                }
            }
            if self.holds_lease() != leased {
                leased = !leased;
                if leased {
                    tracing::info!("the lease is back: this node answers again");
                } else {
                    tracing::error!("the lease is over: this node answers nothing from memory");
                }
            }
        }
    }

    /// Makes [`Feed::follow`] return.
    pub fn stop(&self) {
        self.stopped.store(true, Ordering::Release);
    }
}
