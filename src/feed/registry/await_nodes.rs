//! Waiting until every node knows, or can no longer answer without knowing.

use std::ops::ControlFlow;
use std::time::Duration;

use super::super::lease::outlived;
use super::{Node, NodeId, Spread, nodes};
use crate::base::{Sequence, clock};
use crate::config::LONGEST_LEASE;
use crate::db::{Db, Result};

/// How often the registry is asked while nodes are waited for.
const ASK: Duration = Duration::from_millis(2);

/// The wait for the other nodes after a commit.
struct Wait {
    seq: Sequence,
    /// The waiting node, if it holds the sequence already.
    own: Option<i64>,
    committed: Duration,
    /// How long the registry may stay unread.
    patience: Duration,
    /// Once the registry was read: how many nodes there were, and the longest lease of those that are late.
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

    /// Takes in what the registry says; how long to pause before it is asked again, or the end.
    fn hear(&mut self, nodes: Result<Vec<Node>>) -> ControlFlow<Result<Spread>, Duration> {
        let count = |nodes: usize| u32::try_from(nodes).unwrap_or(u32::MAX);
        let waited = clock::boot_time().saturating_sub(self.committed);
        match nodes {
            Ok(nodes) => {
                let is_late =
                    |node: &&Node| Some(node.id) != self.own && node.applied_seq < self.seq;
                let late: Vec<_> = nodes.iter().filter(is_late).collect();
                // One that has departed since was waited for and no longer matters.
                let total = self.read.map_or(count(nodes.len()), |(total, _)| total);
                let longest = late.iter().map(|node| node.lease()).max();
                self.read = Some((total, longest.unwrap_or_default()));
                self.confirmed = total.saturating_sub(count(late.len()));
                if late.is_empty() {
                    return ControlFlow::Break(Ok(self.spread()));
                }
            }
            Err(why) if self.read.is_none() && waited >= self.patience => {
                return ControlFlow::Break(Err(why));
            }
            Err(_) => {}
        }
        // Until the registry was read once after the commit, any node may be there, with the longest lease there is.
        let longest = self.read.map_or(LONGEST_LEASE, |(_, longest)| longest);
        let left = outlived(longest).saturating_sub(waited);
        if left.is_zero() {
            return ControlFlow::Break(Ok(self.spread()));
        }
        ControlFlow::Continue(ASK.max(waited / 50).min(left))
    }

    fn spread(&self) -> Spread {
        Spread {
            nodes: self.read.map_or(0, |(total, _)| total),
            confirmed: self.confirmed,
        }
    }
}

/// Returns once no node can answer from memory that does not hold `seq`, which was committed at `committed` (boot time):
/// each has confirmed it, departed, or outlived its lease. `own` is the caller's node, where it holds `seq` already. The
/// database may go away meanwhile: then the leases run out.
///
/// # Errors
/// Those of the database, when for a `lease` it could not be learnt who is to be waited for.
pub async fn await_nodes(
    db: &Db,
    seq: Sequence,
    own: Option<NodeId>,
    committed: Duration,
    lease: Duration,
) -> Result<Spread> {
    let mut wait = Wait::new(seq, own, committed, outlived(lease));
    loop {
        match wait.hear(db.read(nodes).await) {
            ControlFlow::Break(end) => return end,
            ControlFlow::Continue(pause) => tokio::time::sleep(pause).await,
        }
    }
}

/// The same for a process that serves nothing itself; it waits for the longest lease there is before it gives up.
///
/// # Errors
/// Those of the database.
pub fn await_nodes_blocking(db: &Db, seq: Sequence, committed: Duration) -> Result<Spread> {
    let mut wait = Wait::new(seq, None, committed, outlived(LONGEST_LEASE));
    loop {
        match wait.hear(db.read_blocking(nodes)) {
            ControlFlow::Break(end) => return end,
            ControlFlow::Continue(pause) => clock::pause(pause),
        }
    }
}
