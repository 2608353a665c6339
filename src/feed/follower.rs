//! Follows the feed. The laws: a node registers, then syncs, then serves; it applies, then
//! confirms; a lease counts from before the sync.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use parking_lot::Mutex;

use super::catch_up::{Page, Reading, read_on};
use super::registry::{self, NodeId, Watch};
use super::{Entry, Index, Lease, LeaseSnapshot, Listener, Position, store};
use crate::base::{Clock, Sequence, clock};
use crate::db::{Db, Error, Result, Wakeups};
use crate::uptime;

/// Entries in one page.
const PAGE: u16 = 10_000;

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

    fn register(&self, turn: &mut Turn) -> Result<()> {
        if turn.registered {
            return Ok(());
        }
        let name = rustix::system::uname()
            .nodename()
            .to_string_lossy()
            .into_owned();
        let (node, length, now) = (self.node, self.length, self.clock.now());
        // This writes an entry only if the head was changed by hand.
        let reached = Sequence(-1);
        self.db.write_blocking(|conn| {
            store::secure_head(conn, reached, now)?;
            registry::register(conn, node, &name, length, now)
        })?;
        turn.registered = true;
        Ok(())
    }

    fn load_live(&self, turn: &mut Turn) -> Result<()> {
        let head = self.db.read_blocking(|conn| {
            let head = store::place(conn)?;
            self.index.admit(&store::organizations(conn)?);
            let ticks = uptime::read(conn)?;
            let mut after = Sequence(0);
            let mut intake = self.index.intake();
            loop {
                let entries = store::live(conn, &ticks, after, head.seq, PAGE.into())?;
                let Some(last) = entries.last() else {
                    intake.finish();
                    return Ok::<_, Error>(head);
                };
                after = last.seq;
                for entry in &entries {
                    intake.hold(entry);
                }
            }
        })?;
        // This comes last: an entry that was purged during the load above is below the floors that
        // are read here.
        self.reset()?;
        self.move_to(turn, &[], head);
        Ok(())
    }

    fn move_to(&self, turn: &mut Turn, entries: &[Entry], reached: Position) {
        for listener in &self.listeners {
            listener.advanced(entries, reached.seq);
        }
        turn.applied = reached;
        self.index.has_reached(reached.seq);
    }

    fn reset(&self) -> Result<()> {
        for listener in &self.listeners {
            listener.reset()?;
        }
        Ok(())
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

    fn confirm(&self, turn: &mut Turn, began: Duration) -> Result<()> {
        let (node, applied, now) = (self.node, turn.applied, self.clock.now());
        if self
            .db
            .write_statement_blocking(|conn| registry::confirm(conn, node, applied, now))?
        {
            turn.confirmed = applied;
            self.lease.grant(began, self.length);
            return Ok(());
        }
        // Either another node removed the row, because it was unchanged for too long, or the
        // database has lost entries that this node had applied. In both cases this node gives up
        // its lease. The next sync registers this node again, and finds out which of the two happened.
        turn.registered = false;
        self.lease.forfeit();
        tracing::warn!(
            "this node was cleared out of the registry, or the database lacks what it had applied; it registers anew"
        );
        Ok(())
    }

    /// Removes the rows of nodes that crashed: a revoke would wait a whole lease for each of them.
    fn remove_silent_nodes(&self, turn: &mut Turn) -> Result<()> {
        // The incarnation is read first. If a new one begins between the two reads, nothing is
        // removed.
        let (incarnation, nodes) = self.db.read_blocking(|conn| {
            Ok::<_, Error>((registry::incarnation(conn)?, registry::nodes(conn)?))
        })?;
        let Some(incarnation) = incarnation else {
            return self.db.write_statement_blocking(registry::mark_incarnation);
        };
        for gone in turn.watch.gone(incarnation, &nodes, clock::boot_time()) {
            if self
                .db
                .write_statement_blocking(|conn| registry::clear(conn, incarnation, gone))?
            {
                tracing::warn!("a node that stood still was cleared out of the registry");
            }
        }
        Ok(())
    }

    fn apply_new(&self, turn: &mut Turn) -> Result<()> {
        loop {
            let head = self.db.read_blocking(store::place)?;
            // The connection is free between two pages, because a listener may need it to apply an
            // entry.
            let entries_after = |from| {
                self.db
                    .read_blocking(|conn| store::entries_after(conn, from, head.seq, PAGE.into()))
            };
            let reading = read_on(turn.applied, head, PAGE.into(), entries_after, |page| {
                self.take_page(turn, page)
            });
            match reading? {
                Reading::Whole => return Ok(()),
                Reading::Gaps => {}
                Reading::Lost => self.recover_from_loss(turn, head)?,
            }
        }
    }

    fn take_page(&self, turn: &mut Turn, page: &Page<'_>) -> Result<()> {
        for entry in page.entries {
            self.apply_entry(entry)?;
        }
        if !page.whole {
            self.reset()?;
        }
        self.move_to(turn, page.entries, page.reached);
        Ok(())
    }

    /// Recovers when the database does not have the last entry that this node applied: it lost
    /// committed entries (a standby was promoted without them), whether or not other entries were
    /// written since. This node keeps the revocations of the lost entries, refuses to answer until
    /// it has read everything again, and lifts the head. So a token whose `rev` is a lost sequence
    /// cannot escape a later revocation.
    fn recover_from_loss(&self, turn: &mut Turn, head: Position) -> Result<()> {
        self.lease.forfeit();
        let applied = turn.applied.seq;
        tracing::error!(
            head = %head.seq, %applied,
            "the database no longer knows the entry this node had come to: committed entries are lost, or this node slept for \
             longer than they are kept. It reads everything anew; check the database's synchronous replication"
        );
        let now = self.clock.now();
        self.db
            .write_blocking(|conn| store::secure_head(conn, applied, now))?;
        self.load_live(turn)
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

    fn apply_entry(&self, entry: &Entry) -> Result<()> {
        self.index.apply(entry);
        for listener in &self.listeners {
            listener.apply(entry)?;
        }
        Ok(())
    }

    /// Applies an entry that this node has committed. The revocation is in force on this node from
    /// now on, even if the database becomes unreachable; its sequence counts as applied once all
    /// entries before it are applied. Returns whether the entry was applied. If not, this node
    /// refuses to answer until it is, and the revoking call waits for this node as for any other.
    pub fn apply_own(&self, entry: &Entry) -> bool {
        let held = self.apply_entry(entry);
        if let Err(why) = &held {
            self.lease.forfeit();
            tracing::error!(%why, seq = %entry.seq, "an entry cannot be applied: this node answers nothing from memory");
        }
        let reached = match self.turn.try_lock_for(TURN) {
            Some(mut turn) if turn.applied.seq < entry.seq => self.apply_new(&mut turn),
            Some(_) => Ok(()),
            None => Err(Error::Busy),
        };
        if let Err(why) = reached {
            tracing::warn!(%why, seq = %entry.seq, "an entry is applied, but not yet all entries before it");
        }
        held.is_ok()
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

    /// Removes this node from the registry, after it has stopped serving. From then on no revoke
    /// waits for it.
    pub fn deregister(&self) {
        self.lease.forfeit();
        let node = self.node;
        if let Err(why) = self
            .db
            .write_blocking(|conn| registry::deregister(conn, node))
        {
            tracing::warn!(%why, "this node could not leave the registry; revokes wait a lease for it");
        }
    }
}
