//! The registry of nodes: who may be answering from memory, and how far each has come.

use std::collections::HashMap;
use std::time::Duration;

mod store;

pub use store::{Node, nodes};
pub(super) use store::{clear, confirm, depart, register};

use super::lease::outlived;
use crate::base::{Sequence, clock, random};
use crate::db::Db;

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

/// How often the registry is asked while nodes are waited for.
const ASK: Duration = Duration::from_millis(2);

/// Returns once no node can answer from memory that does not hold `seq`, which was committed at `committed` (boot time):
/// each has confirmed it, departed, or outlived its lease. `own` is the caller's node, which holds it already.
///
/// The database may go away meanwhile: then the leases run out.
pub fn spread(db: &Db, seq: Sequence, own: Option<NodeId>, committed: Duration) -> Spread {
    let count = |nodes: usize| u32::try_from(nodes).unwrap_or(u32::MAX);
    // Until the registry was read once after the commit, any node may be there, with the longest lease there is.
    let mut spread = Spread {
        nodes: 0,
        confirmed: 0,
    };
    let mut longest = LONGEST_LEASE;
    let mut total = None;
    loop {
        if let Ok(nodes) = db.read_blocking(nodes) {
            let own = own.map(|own| own.0);
            let late: Vec<_> = nodes
                .iter()
                .filter(|node| Some(node.id) != own && node.applied_seq < seq)
                .collect();
            // One that has departed since was waited for and no longer matters.
            let total = *total.get_or_insert(count(nodes.len()));
            longest = late
                .iter()
                .map(|node| node.lease())
                .max()
                .unwrap_or_default();
            spread = Spread {
                nodes: total,
                confirmed: total.saturating_sub(count(late.len())),
            };
            if late.is_empty() {
                return spread;
            }
        }
        let waited = clock::boot_time().saturating_sub(committed);
        if waited >= outlived(longest) {
            return spread;
        }
        clock::pause(ASK.max(waited / 50));
    }
}

/// The longest lease a node can be set to.
const LONGEST_LEASE: Duration = Duration::from_mins(1);

/// Watches the others' rows, to clear away those that stand still. Measured on this node's own clock: nobody's wall clock
/// is believed.
#[derive(Debug, Default)]
pub(super) struct Watch(HashMap<i64, (i64, Duration)>);

impl Watch {
    /// The rows that have stood still for longer than their node's lease, given all rows at `now` (boot time).
    pub(super) fn gone(&mut self, rows: &[Node], now: Duration) -> Vec<(i64, i64)> {
        self.0
            .retain(|id, _| rows.iter().any(|node| node.id == *id));
        rows.iter()
            .filter(|node| {
                let (beats, since) = self.0.entry(node.id).or_insert((node.beats, now));
                if *beats != node.beats {
                    (*beats, *since) = (node.beats, now);
                }
                // Twice over: a node that comes back finds its row gone and must register anew, which costs it time.
                now.saturating_sub(*since) > outlived(node.lease()) * 2
            })
            .map(|node| (node.id, node.beats))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let at = Duration::from_millis;
        assert!(watch.gone(&[row(1, 5), row(2, 5)], at(0)).is_empty());
        assert!(watch.gone(&[row(1, 6), row(2, 5)], at(2_000)).is_empty());
        assert_eq!(watch.gone(&[row(1, 6), row(2, 5)], at(2_200)), [(2, 5)]);
        assert_eq!(watch.gone(&[row(1, 6)], at(4_200)), [(1, 6)]);
    }
}
