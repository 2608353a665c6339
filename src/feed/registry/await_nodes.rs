//! Waits until every node has applied an entry, or its lease has expired.

use std::ops::ControlFlow;
use std::time::Duration;

use super::super::lease::outlived;
use super::{Confirmations, Node, NodeId, nodes};
use crate::base::{Sequence, clock};
use crate::config::LONGEST_LEASE;
use crate::db::{Db, Result};

/// The shortest pause between two reads of the registry.
const ASK: Duration = Duration::from_millis(2);

/// The wait for the other nodes, after a commit.
struct Wait {
    seq: Sequence,
    /// The waiting node, if it has applied the sequence already.
    own: Option<i64>,
    committed: Duration,
    /// How long the first read of the registry is retried.
    patience: Duration,
    /// The number of nodes, and the longest lease of those that have not confirmed. `None` until
    /// the registry was read once.
    read: Option<(u32, Duration)>,
    confirmed: u32,
}

impl Wait {
    fn new(seq: Sequence, own: Option<NodeId>, committed: Duration, patience: Duration) -> Self {
        Self {
            seq,
            own: own.map(|own| own.0),
            committed,
            patience,
            read: None,
            confirmed: 0,
        }
    }

    /// Evaluates a read of the registry. Returns the pause before the next read, or the result of
    /// the wait.
    fn update(&mut self, nodes: Result<Vec<Node>>) -> ControlFlow<Result<Confirmations>, Duration> {
        let count = |nodes: usize| u32::try_from(nodes).unwrap_or(u32::MAX);
        let waited = clock::boot_time().saturating_sub(self.committed);
        match nodes {
            Ok(nodes) => {
                let is_late =
                    |node: &&Node| Some(node.id) != self.own && node.applied_seq < self.seq;
                let late: Vec<_> = nodes.iter().filter(is_late).collect();
                // The total stays that of the first read: a node that deregistered since needs no
                // confirmation, but was waited for.
                let total = self.read.map_or(count(nodes.len()), |(total, _)| total);
                let longest = late.iter().map(|node| node.lease()).max();
                self.read = Some((total, longest.unwrap_or_default()));
                self.confirmed = total.saturating_sub(count(late.len()));
                if late.is_empty() {
                    return ControlFlow::Break(Ok(self.confirmations()));
                }
            }
            Err(why) if self.read.is_none() && waited >= self.patience => {
                return ControlFlow::Break(Err(why));
            }
            Err(_) => {}
        }
        // Until the registry was read once after the commit, there may be any node, with the
        // longest lease that can be configured.
        let longest = self.read.map_or(LONGEST_LEASE, |(_, longest)| longest);
        let left = outlived(longest).saturating_sub(waited);
        if left.is_zero() {
            return ControlFlow::Break(Ok(self.confirmations()));
        }
        ControlFlow::Continue(ASK.max(waited / 50).min(left))
    }

    fn confirmations(&self) -> Confirmations {
        Confirmations {
            nodes: self.read.map_or(0, |(total, _)| total),
            confirmed: self.confirmed,
        }
    }
}

/// Returns once no node can answer from memory without `seq`, which was committed at `committed`
/// (boot time): each node has confirmed it or deregistered, or its lease has expired. `own` is the
/// caller's node if it has applied `seq` already. If the database becomes unreachable meanwhile,
/// this waits until the leases have expired.
///
/// # Errors
/// Returns an error if the registry could not be read during a whole `lease`.
pub async fn await_nodes(
    db: &Db,
    seq: Sequence,
    own: Option<NodeId>,
    committed: Duration,
    lease: Duration,
) -> Result<Confirmations> {
    let mut wait = Wait::new(seq, own, committed, outlived(lease));
    loop {
        match wait.update(db.read(nodes).await) {
            ControlFlow::Break(end) => return end,
            ControlFlow::Continue(pause) => tokio::time::sleep(pause).await,
        }
    }
}

/// Does the same for a job, whose thread may block.
///
/// # Errors
/// Returns an error as [`await_nodes`] does.
pub fn await_nodes_in_job(
    db: &Db,
    (seq, own): (Sequence, Option<NodeId>),
    committed: Duration,
    lease: Duration,
) -> Result<Confirmations> {
    block(db, Wait::new(seq, own, committed, outlived(lease)))
}

/// Does the same for a process that is not a node. It retries the first read for the longest lease
/// that can be configured.
///
/// # Errors
/// Returns an error if the registry could not be read during that time.
pub fn await_nodes_blocking(db: &Db, seq: Sequence, committed: Duration) -> Result<Confirmations> {
    block(db, Wait::new(seq, None, committed, outlived(LONGEST_LEASE)))
}

fn block(db: &Db, mut wait: Wait) -> Result<Confirmations> {
    loop {
        match wait.update(db.read_blocking(nodes)) {
            ControlFlow::Break(end) => return end,
            ControlFlow::Continue(pause) => clock::pause(pause),
        }
    }
}
