//! Caches verified tokens by a keyed hash of their text, so that each token's signature is checked
//! once.
//!
//! There are two layers: a small table on each thread, which needs no access to shared memory that
//! other cores write, and one bounded cache shared by all threads. A token that is sent with every
//! request, such as a company token, is found in the first.

use std::cell::RefCell;
use std::sync::atomic::{AtomicU64, Ordering};

use quick_cache::sync::Cache;
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
    all: Cache<Name, (Generation, Contents)>,
}

impl Verified {
    pub(super) fn new(bytes: u64) -> Self {
        let capacity = usize::try_from(bytes / ENTRY).unwrap_or(usize::MAX).max(16);
        Self {
            names: SipHasher13::new_with_key(&random::bytes()),
            generation: AtomicU64::new(Generation::next().0),
            all: Cache::new(capacity),
        }
    }

    pub(super) fn name(&self, text: &str) -> Name {
        Name(self.names.hash(text.as_bytes()).as_u128())
    }

    /// Returns the current generation. Must be called before the ring that verifies is taken.
    pub(super) fn generation(&self) -> Generation {
        Generation(self.generation.load(Ordering::Acquire))
    }

    pub(super) fn get(&self, name: Name) -> Option<Contents> {
        let generation = self.generation();
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
