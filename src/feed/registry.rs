//! The registry of nodes: which nodes may answer from memory, and up to which sequence each has
//! confirmed.

use std::collections::HashMap;
use std::time::Duration;

mod await_nodes;
mod members;
mod store;

pub use await_nodes::{await_nodes, await_nodes_blocking, await_nodes_in_job};
pub use members::{Member, Members, members};
pub use store::{Node, nodes};
pub(super) use store::{clear, confirm, deregister, incarnation, mark_incarnation, register};

use super::lease::outlived;
use crate::base::{EntryTag, Unchanged, random};

/// A node's id. It is drawn at random at every start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct NodeId(pub(super) i64);

impl NodeId {
    /// Draws a new id.
    #[must_use]
    pub fn draw() -> Self {
        // 0 stands for no node.
        Self((i64::from_be_bytes(random::bytes()) & i64::MAX).max(1))
    }

    /// Returns the id as a number, which is above 0.
    #[must_use]
    pub const fn number(self) -> i64 {
        self.0
    }
}

/// How many nodes an entry reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Confirmations {
    /// Nodes that could have answered from memory.
    pub nodes: u32,
    /// The nodes that have confirmed the entry. The leases of the others have expired.
    pub confirmed: u32,
}

/// Watches the rows of the other nodes, to remove those whose heartbeat stopped.
///
/// A confirmation waits for no disk, so a crash of the database may take back what a node with a
/// lease has written: its row then looks as it did before. So what was seen in another incarnation
/// of the database is ignored.
#[derive(Debug, Default)]
pub(super) struct Watch {
    incarnation: EntryTag,
    rows: HashMap<i64, Unchanged<i64>>,
}

impl Watch {
    /// Returns the id and the heartbeat of each row that was unchanged for more than twice its
    /// node's lease. `rows` are all rows in one incarnation of the database at `now` (boot time).
    pub(super) fn gone(
        &mut self,
        incarnation: EntryTag,
        rows: &[Node],
        now: Duration,
    ) -> Vec<(i64, i64)> {
        if self.incarnation != incarnation {
            self.incarnation = incarnation;
            self.rows.clear();
        }
        self.rows
            .retain(|id, _| rows.iter().any(|node| node.id == *id));
        rows.iter()
            .filter(|node| {
                let first = Unchanged::begin(node.beats, now);
                let still = self
                    .rows
                    .entry(node.id)
                    .or_insert(first)
                    .look(node.beats, now);
                // Twice the lease, because a slow node whose row is removed must register again,
                // which costs it time.
                still > outlived(node.lease()) * 2
            })
            .map(|node| (node.id, node.beats))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Sequence;

    fn row(id: i64, beats: i64) -> Node {
        Node {
            id,
            name: String::new(),
            lease: 1_000_000,
            applied_seq: Sequence(0),
            beats,
        }
    }

    #[test]
    fn only_a_row_that_stood_still_for_its_whole_lease_is_cleared_away() {
        let mut watch = Watch::default();
        let mut gone = |rows: &[Node], at| watch.gone(EntryTag(1), rows, Duration::from_millis(at));
        assert!(gone(&[row(1, 5), row(2, 5)], 0).is_empty());
        assert!(gone(&[row(1, 6), row(2, 5)], 2_000).is_empty());
        assert_eq!(gone(&[row(1, 6), row(2, 5)], 2_200), [(2, 5)]);
        assert_eq!(gone(&[row(1, 6)], 4_200), [(1, 6)]);
    }

    /// A crash may take back the last confirmation of a row, so that the next one makes it look as
    /// it was seen before.
    #[test]
    fn what_was_seen_before_a_crash_counts_for_nothing_after_it() {
        let mut watch = Watch::default();
        let mut gone = |incarnation, at| {
            let rows = [row(1, 6)];
            watch.gone(EntryTag(incarnation), &rows, Duration::from_millis(at))
        };
        assert!(gone(1, 0).is_empty());
        assert!(gone(2, 2_200).is_empty());
        assert!(gone(2, 4_200).is_empty());
        assert_eq!(gone(2, 4_400), [(1, 6)]);
    }
}
