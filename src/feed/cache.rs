//! A cache of records that the feed keeps true.
//!
//! The law: who has seen sequence K applied never gets a record read before K. A load may overlap a change, so a record is
//! kept only if nothing was forgotten since the load began, and that is decided under the lock that forgetting takes.

use std::hash::Hash;

use parking_lot::Mutex;
use quick_cache::sync::Cache;

/// A moment between two forgettings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Epoch(u64);

/// Records by key, bounded in number.
pub struct FeedCache<K, V> {
    records: Cache<K, V>,
    epoch: Mutex<u64>,
}

impl<K: Hash + Eq + Clone, V: Clone> FeedCache<K, V> {
    /// Room for `capacity` records.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        Self {
            records: Cache::new(capacity),
            epoch: Mutex::new(0),
        }
    }

    /// The record, if it is held.
    pub fn get(&self, key: &K) -> Option<V> {
        self.records.get(key)
    }

    /// To be asked before a load from the database begins.
    pub fn begin(&self) -> Epoch {
        Epoch(*self.epoch.lock())
    }

    /// Keeps what a load yielded, unless something was forgotten since it began.
    pub fn keep(&self, since: Epoch, key: K, record: V) {
        let epoch = self.epoch.lock();
        if Epoch(*epoch) == since {
            self.records.insert(key, record);
        }
    }

    /// Forgets a record and spoils every load under way.
    pub fn forget(&self, key: &K) {
        let mut epoch = self.epoch.lock();
        *epoch += 1;
        self.records.remove(key);
    }

    /// Forgets every record and spoils every load under way.
    pub fn forget_all(&self) {
        let mut epoch = self.epoch.lock();
        *epoch += 1;
        self.records.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_load_that_overlaps_a_change_is_not_kept() {
        let cache = FeedCache::new(10);
        let since = cache.begin();
        cache.forget(&"a");
        cache.keep(since, "a", "stale");
        assert_eq!(cache.get(&"a"), None);
        cache.keep(cache.begin(), "a", "true");
        assert_eq!(cache.get(&"a"), Some("true"));
        let since = cache.begin();
        cache.forget_all();
        cache.keep(since, "b", "stale");
        assert_eq!((cache.get(&"a"), cache.get(&"b")), (None, None));
    }
}
