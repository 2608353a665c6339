//! What a revoke returns, and an entry of the revocation list.

use std::time::Duration;

use crate::base::{OrganizationId, Sequence, clock};
use crate::feed::{Confirmations, Entry, Fact};

/// Returns how many of these entries revoke something, for the metrics.
#[must_use]
pub fn count(entries: &[Entry]) -> u64 {
    let revokes = |entry: &&Entry| matches!(entry.fact, Fact::Revoked(_));
    u64::try_from(entries.iter().filter(revokes).count()).unwrap_or(u64::MAX)
}

/// What a revoke can prove when it returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Receipt {
    /// The sequence of the entry, or of the newest entry if nothing had to be written.
    pub sequence: Sequence,
    /// How long it took until the revocation was in force on every node.
    pub took: Duration,
    /// How many nodes had to apply it.
    pub nodes: u32,
    /// How many of them have confirmed that they did.
    pub confirmed: u32,
}

/// A revocation, as the list shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Revocation {
    /// The organization that it concerns.
    pub organization: OrganizationId,
    /// The entry.
    pub entry: Entry,
}

impl Receipt {
    /// Returns the receipt of what was begun at `began` (boot time), and is in force by now.
    pub(super) fn new(sequence: Sequence, confirmations: Confirmations, began: Duration) -> Self {
        let took = clock::boot_time().saturating_sub(began);
        Self {
            sequence,
            took,
            nodes: confirmations.nodes,
            confirmed: confirmations.confirmed,
        }
    }
}
