//! The trait for what follows the feed besides the index.

use super::Entry;
use crate::base::Sequence;
use crate::db::Result;

/// Receives every entry before its sequence counts as applied. A cache of records drops the record
/// that changed.
pub trait Listener: Send + Sync {
    /// Applies an entry. The calls come in the order of the feed, and hold no database connection.
    ///
    /// # Errors
    /// Returns an error if the entry cannot be applied. Its sequence then does not count as
    /// applied, and this node's lease expires unless a retry succeeds.
    fn apply(&self, entry: &Entry) -> Result<()>;

    /// Drops everything cached, because entries may have been missed.
    ///
    /// # Errors
    /// Returns an error as [`Listener::apply`] does.
    fn reset(&self) -> Result<()>;

    /// Called after each of `entries` was applied, in the order of the feed, just before `reached`
    /// counts as applied. Unless [`Listener::reset`] was called since the last call, `entries` are
    /// all that the feed has between the former position and `reached`.
    fn advanced(&self, entries: &[Entry], reached: Sequence) {
        let _ = (entries, reached);
    }

    /// Called once for each entry that this node itself has written and committed.
    fn wrote(&self, entry: &Entry) {
        let _ = entry;
    }
}
