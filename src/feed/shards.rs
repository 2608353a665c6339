//! A map that is read without locks. It consists of immutable parts, each of which is replaced as a
//! whole. A reader sees a part as it was at one instant, and readers on different cores write to no
//! shared memory. A write copies one part, which is small.
//!
//! A part is a sorted array, so that an entry takes no more memory than its key and its value. Most
//! parts are empty most of the time; for each there is a bit that says so, and then a reader does
//! not load it. The bit is set before a part gets its first entry and cleared after it lost its
//! last, so a reader that finds it cleared has seen what it would have seen in the part.

mod find;

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arc_swap::ArcSwap;
use parking_lot::{Mutex, MutexGuard};

use find::find;

/// The entries of a part, sorted by [`Spot::order`].
type Part<K, V> = Box<[(K, V)]>;

/// A key.
pub(super) trait Spot: Copy + Eq {
    /// What the entries of a part are sorted by. Different keys have different orders.
    type Order: Ord;

    /// Chooses the part of the key: any number, evenly distributed.
    fn spot(&self) -> usize;

    /// Returns the order of the key among those of its part.
    fn order(&self) -> Self::Order;

    /// Returns about where the key is among so many sorted entries. The nearer it is, the fewer
    /// entries a search reads.
    fn expected_at(&self, entries: usize) -> usize {
        entries / 2
    }
}

/// A value that says what two values for the same key say.
pub(super) trait Merge: Copy {
    /// Returns what replaces the two.
    #[must_use]
    fn merge(self, newer: Self) -> Self;
}

/// The map.
pub(super) struct Shards<K, V> {
    /// A power of two of them.
    parts: Box<[ArcSwap<Part<K, V>>]>,
    /// One bit for each part: whether it may have entries.
    occupied: Box<[AtomicU64]>,
    turn: Mutex<()>,
}

/// The word and the bit of a part in [`Shards::occupied`].
const fn bit_of(part: usize) -> (usize, u64) {
    (part / 64, 1 << (part % 64))
}

impl<K: Spot, V: Merge> Shards<K, V> {
    /// Returns an empty map. The number of parts is rounded up to a power of two.
    pub(super) fn new(parts: usize) -> Self {
        let parts = parts.next_power_of_two();
        let empty: Arc<Part<K, V>> = Arc::default();
        Self {
            parts: (0..parts)
                .map(|_| ArcSwap::new(Arc::clone(&empty)))
                .collect(),
            occupied: (0..parts.div_ceil(64)).map(|_| AtomicU64::new(0)).collect(),
            turn: Mutex::new(()),
        }
    }

    fn part_of(&self, key: &K) -> usize {
        key.spot() & (self.parts.len() - 1)
    }

    pub(super) fn get(&self, key: &K) -> Option<V> {
        let at = self.part_of(key);
        let (word, bit) = bit_of(at);
        if self.occupied.get(word)?.load(Ordering::Acquire) & bit == 0 {
            return None;
        }
        find(&self.parts.get(at)?.load(), key)
    }

    /// Begins a write. Other writers wait until the draft is dropped.
    pub(super) fn draft(&self) -> Draft<'_, K, V> {
        Draft {
            shards: self,
            added: HashMap::default(),
            _turn: self.turn.lock(),
        }
    }

    /// Replaces the entries of a part. The caller has the turn.
    fn store(&self, at: usize, entries: Part<K, V>) {
        let (word, bit) = bit_of(at);
        let (Some(part), Some(word)) = (self.parts.get(at), self.occupied.get(word)) else {
            return;
        };
        let is_empty = entries.is_empty();
        if !is_empty {
            word.fetch_or(bit, Ordering::AcqRel);
        }
        part.store(Arc::new(entries));
        if is_empty {
            word.fetch_and(!bit, Ordering::AcqRel);
        }
    }

    /// Keeps the entries for which `keep` returns true. Returns the number of removed entries.
    pub(super) fn retain(&self, keep: impl Fn(&V) -> bool) -> usize {
        let mut gone = 0;
        for (at, part) in self.parts.iter().enumerate() {
            // The lock is released between two parts, so that other writers can run.
            let _turn = self.turn.lock();
            let held = part.load();
            let removed = held.iter().filter(|(_, value)| !keep(value)).count();
            if removed > 0 {
                let mut kept = Vec::with_capacity(held.len() - removed);
                kept.extend(held.iter().filter(|(_, value)| keep(value)));
                self.store(at, kept.into());
                gone += removed;
            }
        }
        gone
    }

    /// Returns the number of entries for which `counts` returns true.
    pub(super) fn count(&self, counts: impl Fn(&V) -> bool) -> usize {
        let count = |part: &ArcSwap<Part<K, V>>| {
            let part = part.load();
            part.iter().filter(|(_, value)| counts(value)).count()
        };
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

/// A write in progress. Readers see nothing of it before it is published, and then each changed
/// part was copied once.
pub(super) struct Draft<'a, K, V> {
    shards: &'a Shards<K, V>,
    /// What is added to each part, in the order in which it was put.
    added: HashMap<usize, Vec<(K, V)>, foldhash::fast::RandomState>,
    _turn: MutexGuard<'a, ()>,
}

impl<K: Spot, V: Merge> Draft<'_, K, V> {
    /// Inserts an entry. If there is one already, the two are merged.
    pub(super) fn put(&mut self, key: K, value: V) {
        let part = self.added.entry(self.shards.part_of(&key)).or_default();
        part.push((key, value));
    }

    /// Makes the write visible to every reader.
    pub(super) fn publish(self) {
        for (at, added) in self.added {
            if let Some(part) = self.shards.parts.get(at) {
                let entries = merged(&part.load(), added);
                self.shards.store(at, entries);
            }
        }
    }
}

/// Merges new entries into those of a part.
fn merged<K: Spot, V: Merge>(held: &[(K, V)], mut added: Vec<(K, V)>) -> Part<K, V> {
    // Of two for the same key, the one that was put later stays the later one.
    added.sort_by_key(|(key, _)| key.order());
    let mut all: Vec<(K, V)> = Vec::with_capacity(held.len() + added.len());
    let mut held = held.iter().peekable();
    for (key, value) in added {
        let order = key.order();
        while let Some(entry) = held.next_if(|(held, _)| held.order() <= order) {
            all.push(*entry);
        }
        match all.last_mut() {
            Some((last, present)) if *last == key => *present = present.merge(value),
            _ => all.push((key, value)),
        }
    }
    all.extend(held);
    all.into()
}

#[cfg(test)]
mod tests;
