//! A map read without locks: parts that never change, each replaced whole. A reader sees a part as it was at one instant,
//! and readers on different cores write to nothing they share. A write copies one part, which is small.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt;
use std::hash::Hash;
use std::sync::Arc;

use arc_swap::ArcSwap;
use parking_lot::{Mutex, MutexGuard};

type Hashing = foldhash::fast::RandomState;
type Part<K, V> = HashMap<K, V, Hashing>;

/// Picks the part a key is in: any number, spread evenly.
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

    /// Begins to write; others who want to, wait.
    pub(super) fn draft(&self) -> Draft<'_, K, V> {
        Draft {
            shards: self,
            touched: HashMap::default(),
            _turn: self.turn.lock(),
        }
    }

    /// Keeps the entries that `keep` says are to be kept; how many are gone.
    pub(super) fn retain(&self, keep: impl Fn(&V) -> bool) -> usize {
        let mut gone = 0;
        for part in &self.parts {
            // Between two parts others get their turn.
            let _turn = self.turn.lock();
            let held = part.load();
            let dead = held.values().filter(|value| !keep(value)).count();
            if dead > 0 {
                let kept = held.iter().filter(|(_, value)| keep(value));
                part.store(Arc::new(kept.map(|(key, value)| (*key, *value)).collect()));
                gone += dead;
            }
        }
        gone
    }

    /// How many entries `counts` says are to be counted.
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

/// What is being written: each part is copied when it is first touched, and nothing is seen before it is published.
pub(super) struct Draft<'a, K, V> {
    shards: &'a Shards<K, V>,
    touched: HashMap<usize, Part<K, V>, Hashing>,
    _turn: MutexGuard<'a, ()>,
}

impl<K: Spot, V: Copy> Draft<'_, K, V> {
    /// Puts an entry in; where there is one already, `merge` says which of the held and the new one stays.
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

    /// Lets everyone see it.
    pub(super) fn publish(self) {
        for (at, part) in self.touched {
            if let Some(place) = self.shards.part(at) {
                place.store(Arc::new(part));
            }
        }
    }
}
