//! A map that is read without locks. It consists of immutable parts, each of which is replaced as a
//! whole. A reader sees a part as it was at one instant, and readers on different cores write to no
//! shared memory. A write copies one part, which is small.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt;
use std::hash::Hash;
use std::sync::Arc;

use arc_swap::ArcSwap;
use parking_lot::{Mutex, MutexGuard};

type Hashing = foldhash::fast::RandomState;
type Part<K, V> = HashMap<K, V, Hashing>;

/// Chooses the part of a key: any number, evenly distributed.
pub(super) trait Spot: Copy + Eq + Hash {
    fn spot(&self) -> usize;
}

/// The map.
pub(super) struct Shards<K, V> {
    parts: Box<[ArcSwap<Part<K, V>>]>,
    turn: Mutex<()>,
}

impl<K: Spot, V: Copy> Shards<K, V> {
    pub(super) fn new(parts: usize) -> Self {
        let empty = Arc::new(Part::default());
        Self {
            parts: (0..parts.max(1))
                .map(|_| ArcSwap::new(Arc::clone(&empty)))
                .collect(),
            turn: Mutex::new(()),
        }
    }

    fn part(&self, at: usize) -> Option<&ArcSwap<Part<K, V>>> {
        self.parts.get(at % self.parts.len())
    }

    pub(super) fn get(&self, key: &K) -> Option<V> {
        self.part(key.spot())?.load().get(key).copied()
    }

    /// Begins a write. Other writers wait until the draft is dropped.
    pub(super) fn draft(&self) -> Draft<'_, K, V> {
        Draft {
            shards: self,
            touched: HashMap::default(),
            _turn: self.turn.lock(),
        }
    }

    /// Keeps the entries for which `keep` returns true. Returns the number of removed entries.
    pub(super) fn retain(&self, keep: impl Fn(&V) -> bool) -> usize {
        let mut gone = 0;
        for part in &self.parts {
            // The lock is released between two parts, so that other writers can run.
            let _turn = self.turn.lock();
            let held = part.load();
            let removed = held.values().filter(|value| !keep(value)).count();
            if removed > 0 {
                let kept = held.iter().filter(|(_, value)| keep(value));
                part.store(Arc::new(kept.map(|(key, value)| (*key, *value)).collect()));
                gone += removed;
            }
        }
        gone
    }

    /// Returns the number of entries for which `counts` returns true.
    pub(super) fn count(&self, counts: impl Fn(&V) -> bool) -> usize {
        let count =
            |part: &ArcSwap<Part<K, V>>| part.load().values().filter(|value| counts(value)).count();
        self.parts.iter().map(count).sum()
    }

    pub(super) fn len(&self) -> usize {
        self.parts.iter().map(|part| part.load().len()).sum()
    }
}

impl<K, V> fmt::Debug for Shards<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Shards({} parts)", self.parts.len())
    }
}

/// A write in progress. Each part is copied when it is first changed, and readers see nothing of it
/// before it is published.
pub(super) struct Draft<'a, K, V> {
    shards: &'a Shards<K, V>,
    touched: HashMap<usize, Part<K, V>, Hashing>,
    _turn: MutexGuard<'a, ()>,
}

impl<K: Spot, V: Copy> Draft<'_, K, V> {
    /// Inserts an entry. If there is one already, `merge` returns what replaces the two, given the
    /// old and the new one.
    pub(super) fn put(&mut self, key: K, value: V, merge: impl FnOnce(V, V) -> V) {
        let at = key.spot() % self.shards.parts.len();
        let part = self.touched.entry(at).or_insert_with(|| {
            self.shards
                .part(at)
                .map(|part| Part::clone(&part.load()))
                .unwrap_or_default()
        });
        match part.entry(key) {
            Entry::Occupied(mut held) => {
                let stays = merge(*held.get(), value);
                held.insert(stays);
            }
            Entry::Vacant(free) => {
                free.insert(value);
            }
        }
    }

    /// Makes the write visible to every reader.
    pub(super) fn publish(self) {
        for (at, part) in self.touched {
            if let Some(place) = self.shards.part(at) {
                place.store(Arc::new(part));
            }
        }
    }
}
