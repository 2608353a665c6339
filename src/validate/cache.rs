//! Verified tokens by a keyed hash of their bytes: what costs a signature check is paid once for each token.
//!
//! Two layers: a few names on each thread, where a core need not ask what others write to as well, and all of them in one
//! bounded cache. A token that is presented with every request, as company tokens are, is found in the first.

use std::cell::RefCell;
use std::sync::atomic::{AtomicU64, Ordering};

use quick_cache::sync::Cache;
use siphasher::sip128::SipHasher13;

use crate::base::random;
use crate::token::Claims;

/// What one remembered token takes (bytes): its claims, its name, the cache's own links.
const ENTRY: u64 = 232;

/// Names a thread holds: 256 take some 36 kB.
const NEAR: usize = 256;

/// A token's name: 128 bits of `SipHash` under a key of this process, so that no caller can make two tokens share one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Name(u128);

impl Name {
    /// Its place on a thread.
    fn near(self) -> usize {
        usize::try_from(self.0 % 256).unwrap_or_default()
    }
}

/// Which keys a token was verified with: no two rings of any validator have the same number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Generation(u64);

impl Generation {
    fn next() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

#[derive(Clone, Copy)]
struct Held {
    generation: Generation,
    name: Name,
    claims: Claims,
}

thread_local! {
    static HELD: RefCell<Box<[Option<Held>]>> = RefCell::new(vec![None; NEAR].into());
}

pub(super) struct Verified {
    names: SipHasher13,
    generation: AtomicU64,
    all: Cache<Name, (Generation, Claims)>,
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

    /// The generation of this moment: to be taken before the ring that verifies.
    pub(super) fn generation(&self) -> Generation {
        Generation(self.generation.load(Ordering::Acquire))
    }

    pub(super) fn get(&self, name: Name) -> Option<Claims> {
        let generation = self.generation();
        let near = HELD.with_borrow(|held| held.get(name.near()).copied().flatten());
        if let Some(near) = near
            && (near.generation, near.name) == (generation, name)
        {
            return Some(near.claims);
        }
        let (from, claims) = self.all.get(&name)?;
        if from != generation {
            return None;
        }
        hold(Held {
            generation,
            name,
            claims,
        });
        Some(claims)
    }

    /// Remembers what was verified with the keys of `generation`. Of an older one it is never found.
    pub(super) fn keep(&self, generation: Generation, name: Name, claims: Claims) {
        self.all.insert(name, (generation, claims));
    }

    /// Forgets everything, also what is being verified at this moment with the keys there were.
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
