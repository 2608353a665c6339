//! Following the feed: apply first, then say so.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use parking_lot::{Condvar, Mutex};

use super::{Entry, Index, Listener, store};
use crate::base::{Clock, Sequence};
use crate::db::{Db, Error, Result};

/// Entries read at once.
const PAGE: i64 = 10_000;

/// How long one follower waits for another that is at it.
const TURN: Duration = Duration::from_secs(2);

/// A node's view of the feed.
pub struct Feed {
    db: Db,
    index: Arc<Index>,
    listeners: Vec<Arc<dyn Listener>>,
    applied: AtomicI64,
    following: Mutex<()>,
    stop: (Mutex<bool>, Condvar),
}

impl Feed {
    /// Loads what is live: as many entries as there are live revocations, however many tokens were ever issued.
    ///
    /// # Errors
    /// Those of the database.
    pub fn load(
        db: Db,
        index: Arc<Index>,
        listeners: Vec<Arc<dyn Listener>>,
        clock: &Clock,
    ) -> Result<Self> {
        let now = clock.now();
        let head = db.read_blocking(|conn| {
            let head = store::head(conn)?;
            let mut after = Sequence(0);
            loop {
                let entries = store::live(conn, now, after, head, PAGE)?;
                let Some(last) = entries.last() else { break };
                after = last.seq;
                entries.iter().for_each(|entry| index.apply(entry));
            }
            Ok::<_, Error>(head)
        })?;
        Ok(Self {
            db,
            index,
            listeners,
            applied: AtomicI64::new(head.0),
            following: Mutex::new(()),
            stop: (Mutex::new(false), Condvar::new()),
        })
    }

    /// The last sequence whose entry the index holds: what a token signed now carries as `rev`. Read it before reading
    /// any record that the decision to sign rests on.
    #[must_use]
    pub fn applied(&self) -> Sequence {
        Sequence(self.applied.load(Ordering::Acquire))
    }

    /// The index.
    #[must_use]
    pub fn index(&self) -> &Index {
        &self.index
    }

    /// Applies everything committed so far; the sequence reached.
    ///
    /// # Errors
    /// Those of the database; [`Error::Busy`] when another has been at it for long.
    pub fn catch_up(&self) -> Result<Sequence> {
        let _turn = self.following.try_lock_for(TURN).ok_or(Error::Busy)?;
        self.db.read_blocking(|conn| {
            let head = store::head(conn)?;
            loop {
                let after = self.applied();
                if after >= head {
                    return Ok(after);
                }
                let entries = store::between(conn, after, head, PAGE)?;
                for entry in &entries {
                    self.index.apply(entry);
                    self.listeners
                        .iter()
                        .for_each(|listener| listener.hear(entry));
                }
                // A short page means that everything up to the head was seen, even if entries were purged between.
                let full = i64::try_from(entries.len()).unwrap_or(i64::MAX) >= PAGE;
                let reached = entries
                    .last()
                    .filter(|_| full)
                    .map_or(head, |last| last.seq);
                self.applied.store(reached.0, Ordering::Release);
            }
        })
    }

    /// Takes in an entry this node has committed. The death it tells of holds here from now on, even if the database went
    /// away since; its sequence counts as applied once all before it are.
    pub fn hold(&self, entry: &Entry) {
        self.index.apply(entry);
        self.listeners
            .iter()
            .for_each(|listener| listener.hear(entry));
        if self.applied() < entry.seq
            && let Err(why) = self.catch_up()
        {
            tracing::warn!(%why, seq = %entry.seq, "an entry is applied, the ones before it are not yet");
        }
    }

    /// Looks for what other processes wrote, every `poll`, until [`Feed::stop`]. Runs on its own thread.
    pub fn follow(&self, poll: Duration) {
        let (stopped, wake) = &self.stop;
        let mut reachable = true;
        loop {
            {
                let mut stopped = stopped.lock();
                if !*stopped {
                    wake.wait_for(&mut stopped, poll);
                }
                if *stopped {
                    return;
                }
            }
            let outcome = self.catch_up();
            if outcome.is_ok() != reachable {
                reachable = outcome.is_ok();
                match outcome {
                    Ok(seq) => tracing::info!(%seq, "following the feed again"),
                    Err(why) => tracing::warn!(%why, "the feed cannot be followed"),
                }
            }
        }
    }

    /// Ends [`Feed::follow`].
    pub fn stop(&self) {
        *self.stop.0.lock() = true;
        self.stop.1.notify_all();
    }
}
