//! The registry of nodes: who may be answering from memory, and how far each has come.

use std::collections::HashMap;
use std::time::Duration;

mod await_nodes;
mod store;

pub use await_nodes::{await_nodes, await_nodes_blocking};
pub use store::{Node, nodes};
pub(super) use store::{clear, confirm, deregister, incarnation, mark_incarnation, register};

use super::lease::outlived;
use crate::base::{EntryTag, Unchanged, random};

/// A node's id, drawn anew at every start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct NodeId(pub(super) i64);

impl NodeId {
    /// A fresh id.
    #[must_use]
    pub fn draw() -> Self {
        Self(i64::from_be_bytes(random::bytes()) & i64::MAX)
    }
}

/// Who heard of a revoke.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spread {
    /// Nodes that could have answered from memory.
    pub nodes: u32,
    /// Those that have said they hold it. The others have outlived their lease.
    pub confirmed: u32,
}

/// Watches the others' rows, to clear away those that stand still.
///
/// Confirming waits for no disk, so a crash of the database may take back what a node with a lease has written: its row then
/// looks as it did before. What was seen in another incarnation of the database therefore counts for nothing.
#[derive(Debug, Default)]
pub(super) struct Watch {
    incarnation: EntryTag,
    rows: HashMap<i64, Unchanged<i64>>,
}

impl Watch {
    /// The rows that have stood still for longer than their node's lease, given all rows as they are in an incarnation of the
    /// database at `now` (boot time).
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
                // Twice over: a node that comes back finds its row gone and must register anew, which costs it time.
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

    /// A row goes back by a crash that took its last confirmation, and by the next is as it was once seen.
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
