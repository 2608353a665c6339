//! Verified tokens by a keyed hash of their bytes: what costs a signature check is paid once for each token.

use quick_cache::sync::Cache;
use siphasher::sip128::SipHasher13;

use crate::base::random;
use crate::token::Claims;

/// What one remembered token takes (bytes): its claims, its name, the cache's own links.
const ENTRY: u64 = 224;

/// A token's name: 128 bits of `SipHash` under a key of this process, so that no caller can make two tokens share one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Name(u128);

pub(super) struct Verified {
    names: SipHasher13,
    claims: Cache<Name, Claims>,
}

impl Verified {
    pub(super) fn new(bytes: u64) -> Self {
        let capacity = usize::try_from(bytes / ENTRY).unwrap_or(usize::MAX).max(16);
        Self {
            names: SipHasher13::new_with_key(&random::bytes()),
            claims: Cache::new(capacity),
        }
    }

    pub(super) fn name(&self, text: &str) -> Name {
        Name(self.names.hash(text.as_bytes()).as_u128())
    }

    pub(super) fn get(&self, name: Name) -> Option<Claims> {
        self.claims.get(&name)
    }

    pub(super) fn keep(&self, name: Name, claims: Claims) {
        self.claims.insert(name, claims);
    }

    pub(super) fn clear(&self) {
        self.claims.clear();
    }
}
