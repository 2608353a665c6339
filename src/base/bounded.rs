//! Caches of a bounded number of items.

use std::hash::Hash;

use quick_cache::UnitWeighter;
use quick_cache::sync::{Cache, DefaultLifecycle};

/// A cache of a bounded number of items, which forgets those that are seldom asked for. It hashes
/// keys with a random seed of this process, by a function that is fast for short texts and numbers.
pub type Bounded<K, V> = Cache<K, V, UnitWeighter, foldhash::fast::RandomState>;

/// Returns an empty cache for at most `capacity` items.
#[must_use]
pub fn bounded<K: Hash + Eq + Clone, V: Clone>(capacity: usize) -> Bounded<K, V> {
    let weight = u64::try_from(capacity).unwrap_or(u64::MAX);
    Cache::with(
        capacity,
        weight,
        UnitWeighter,
        foldhash::fast::RandomState::default(),
        DefaultLifecycle::default(),
    )
}
