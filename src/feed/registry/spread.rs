//! Waiting until every node knows, or can no longer answer without knowing.

use std::time::Duration;

use super::super::lease::outlived;
use super::{NodeId, Spread, nodes};
use crate::base::{Sequence, clock};
use crate::db::Db;

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
