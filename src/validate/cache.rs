//! Caches verified tokens by a keyed hash of their text, so that each token's signature is checked
//! once.
//!
//! There are three layers: the few tokens that come with every request, such as a company token, are
//! found on each thread by their text (`by_text.rs`), without a hash; a small table on each thread,
//! which needs no access to shared memory that other cores write; and one bounded cache shared by
//! all threads.

mod by_text;

use std::cell::RefCell;
use std::hash::{BuildHasher, Hasher};
use std::sync::atomic::{AtomicU64, Ordering};

use quick_cache::UnitWeighter;
use quick_cache::sync::{Cache, DefaultLifecycle};
use siphasher::sip128::SipHasher13;

use crate::base::random;
use crate::token::{Claims, Lineage};

/// The size of one cached token in bytes: its claims, its name, and the cache's links.
const ENTRY: u64 = 256;

/// The number of tokens in a thread's table: 256 take about 40 kB.
const NEAR: usize = 256;

/// The name of a token: 128 bits of `SipHash` with a random key of this process, so that no caller
/// can construct two tokens with the same name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Name(u128);

impl Name {
    /// Returns the position of the token in a thread's table.
    fn near(self) -> usize {
        usize::try_from(self.0 % 256).unwrap_or_default()
    }
}

/// Hashes a [`Name`], which is a hash already.
#[derive(Debug, Clone, Copy, Default)]
struct NameHash(u64);

impl BuildHasher for NameHash {
    type Hasher = Self;
    fn build_hasher(&self) -> Self {
        Self(0)
    }
}

impl Hasher for NameHash {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }
    fn write_u128(&mut self, name: u128) {
        // The lower half chooses the place in a thread's table.
        self.0 = u64::try_from(name >> 64).unwrap_or_default();
    }
}

/// Identifies the ring that a token was verified with. No two rings in the process have the same
/// number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Generation(u64);

impl Generation {
    fn next() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

/// The claims of a token that was verified, and the tokens that it comes from.
type Contents = (Claims, Lineage);

#[derive(Clone)]
struct Held {
    generation: Generation,
    name: Name,
    contents: Contents,
}

thread_local! {
    static HELD: RefCell<Box<[Option<Held>]>> = RefCell::new(vec![None; NEAR].into());
}

pub(super) struct Verified {
    names: SipHasher13,
    generation: AtomicU64,
    all: Cache<Name, (Generation, Contents), UnitWeighter, NameHash>,
}

impl Verified {
    pub(super) fn new(bytes: u64) -> Self {
        let capacity = usize::try_from(bytes / ENTRY).unwrap_or(usize::MAX).max(16);
        Self {
            names: SipHasher13::new_with_key(&random::bytes()),
            generation: AtomicU64::new(Generation::next().0),
            all: Cache::with(
                capacity,
                capacity as u64,
                UnitWeighter,
                NameHash::default(),
                DefaultLifecycle::default(),
            ),
        }
    }

    pub(super) fn name(&self, text: &str) -> Name {
        Name(self.names.hash(text.as_bytes()).as_u128())
    }

    /// Returns the current generation. Must be called before the ring that verifies is taken.
    pub(super) fn generation(&self) -> Generation {
        Generation(self.generation.load(Ordering::Acquire))
    }

    /// Returns the contents of a token that this thread validates all the time. `None` if the text
    /// is not such a token, or was not verified with the current ring: then [`Verified::get`] may
    /// find it.
    pub(super) fn in_constant_use(&self, text: &str) -> Option<Contents> {
        by_text::get(self.generation(), text)
    }

    /// Returns the contents of a text with this name, and notes its use. `None` if the text was not
    /// verified with the current ring.
    pub(super) fn get(&self, name: Name, text: &str) -> Option<Contents> {
        let generation = self.generation();
        let contents = self.by_name(generation, name)?;
        by_text::note(generation, text, &contents);
        Some(contents)
    }

    fn by_name(&self, generation: Generation, name: Name) -> Option<Contents> {
        let near = HELD.with_borrow(|held| {
            let near = held.get(name.near())?.as_ref()?;
            let same = (near.generation, near.name) == (generation, name);
            same.then(|| near.contents.clone())
        });
        if near.is_some() {
            return near;
        }
        let (from, contents) = self.all.get(&name)?;
        if from != generation {
            return None;
        }
        hold(Held {
            generation,
            name,
            contents: contents.clone(),
        });
        Some(contents)
    }

    /// Caches the claims verified with the ring of `generation`. If that is not the current one,
    /// they are never found.
    pub(super) fn keep(&self, generation: Generation, name: Name, contents: Contents) {
        self.all.insert(name, (generation, contents));
    }

    /// Removes everything, including tokens that are being verified with the old ring at this
    /// moment.
    pub(super) fn clear(&self) {
        self.generation
            .store(Generation::next().0, Ordering::Release);
        self.all.clear();
    }
}

fn hold(entry: Held) {
    HELD.with_borrow_mut(|held| {
        if let Some(place) = held.get_mut(entry.name.near()) {
            *place = Some(entry);
        }
    });
}
