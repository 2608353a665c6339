//! Revoking, and the revocation list, which is a view of the feed.

mod find_or_sync;
pub mod http;
mod revoke;
mod store;
pub mod stream;

pub use crate::feed::Target;
pub use crate::token::OPERATOR_TOKEN_LIMIT;
pub use find_or_sync::find_or_sync;
pub use revoke::{
    Written, already, commit, commit_from_cli, commit_here, commit_in_job, enforce,
    enforce_from_cli, revoke_token_from_cli, settle, write, write_token,
};
pub use store::{GrantsOf, end_grants};

use std::time::Duration;

use crate::base::{OrganizationId, Sequence};
use crate::feed::{Entry, Fact};

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

#[cfg(test)]
mod tests;
