//! Who hears the feed besides the index.

use super::Entry;
use crate::base::Sequence;
use crate::db::Result;

/// Hears every entry before it counts as applied. Caches of records forget what changed.
pub trait Listener: Send + Sync {
    /// Called in the feed's order, with no connection taken.
    ///
    /// # Errors
    /// Why the entry cannot be taken in. It then does not count as applied; this node's lease runs out unless the next
    /// attempt goes better.
    fn apply(&self, entry: &Entry) -> Result<()>;

    /// Called where entries may have been missed: whatever was remembered may be stale.
    ///
    /// # Errors
    /// As [`Listener::hear`].
    fn reset(&self) -> Result<()>;

    /// Called once each of `entries` was heard, in the feed's order, just before `reached` counts as applied: they are all
    /// there is between what was reached before and `reached`, unless it started anew meanwhile.
    fn advanced(&self, entries: &[Entry], reached: Sequence) {
        let _ = (entries, reached);
    }
}
