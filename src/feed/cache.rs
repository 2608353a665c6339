//! A cache of records that the feed keeps up to date.
//!
//! The law: a caller that has seen sequence K applied never gets a record that was read before K. A
//! load may overlap a change, so a record is kept only if nothing was invalidated since the load
//! began. The cache decides this under the lock that an invalidation takes.

use std::hash::Hash;

use parking_lot::Mutex;

use crate::base::{Bounded, bounded};

/// The number of invalidations so far. Two equal epochs mean that nothing was invalidated between
/// them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Epoch(u64);

/// A bounded number of records, by key.
pub struct FeedCache<K, V> {
    records: Bounded<K, V>,
    epoch: Mutex<u64>,
}

impl<K: Hash + Eq + Clone, V: Clone> FeedCache<K, V> {
    /// Returns an empty cache for at most `capacity` records.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        Self {
            records: bounded(capacity),
            epoch: Mutex::new(0),
        }
    }

    /// Returns the record. `None` if the cache does not hold it.
    pub fn get(&self, key: &K) -> Option<V> {
        self.records.get(key)
    }

    /// Returns the current epoch. Call this before a load from the database begins.
    pub fn begin(&self) -> Epoch {
        Epoch(*self.epoch.lock())
    }

    /// Keeps the record that a load read, unless something was invalidated after the epoch `since`.
    pub fn keep(&self, since: Epoch, key: K, record: V) {
        let epoch = self.epoch.lock();
        if Epoch(*epoch) == since {
            self.records.insert(key, record);
        }
    }

    /// Removes a record, and prevents every load in progress from keeping its result.
    pub fn forget(&self, key: &K) {
        let mut epoch = self.epoch.lock();
        *epoch += 1;
        self.records.remove(key);
    }

    /// Removes every record, and prevents every load in progress from keeping its result.
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
