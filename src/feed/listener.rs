//! Who hears the feed besides the index.

use super::Entry;
use crate::db::Result;

/// Hears every entry before it counts as applied. Caches of records forget what changed.
pub trait Listener: Send + Sync {
    /// Called in the feed's order, with no connection taken.
    ///
    /// # Errors
    /// Why the entry cannot be taken in. It then does not count as applied; this node's lease runs out unless the next
    /// attempt goes better.
    fn hear(&self, entry: &Entry) -> Result<()>;

    /// Called where entries may have been missed: whatever was remembered may be stale.
    ///
    /// # Errors
    /// As [`Listener::hear`].
    fn start_anew(&self) -> Result<()>;
}
