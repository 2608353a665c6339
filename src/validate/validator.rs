//! Decides whether a token is valid: looks up its text or verifies its signature, then checks the index, the
//! times and the lease.

use std::sync::Arc;

use arc_swap::ArcSwap;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

use super::Refusal;
use super::cache::Verified;
use crate::base::{KeyId, Timestamp, clock};
use crate::feed::{Index, Lease, LeaseSnapshot, TokenState};
use crate::signing_keys::Ring;
use crate::token::{CLOCK_SKEW, Claims, Issuers, Kind, Lineage, decode, parts};

/// Validates tokens from memory.
pub struct Validator {
    ring: ArcSwap<Ring>,
    index: Arc<Index>,
    lease: Arc<Lease>,
    issuers: Issuers,
    verified: Verified,
}

/// A token that this service signed.
struct Known {
    claims: Claims,
    lineage: Lineage,
    /// Whether the key that signed it, and those that signed its ancestors, are still trusted.
    trusted: bool,
}

impl Validator {
    /// Returns a validator for tokens of these issuers, with a cache of at most `cache_bytes`.
    #[must_use]
    pub fn new(
        ring: Ring,
        index: Arc<Index>,
        lease: Arc<Lease>,
        issuers: Issuers,
        cache_bytes: u64,
    ) -> Self {
        Self {
            ring: ArcSwap::from_pointee(ring),
            index,
            lease,
            issuers,
            verified: Verified::new(cache_bytes),
        }
    }

    /// Returns the current keys.
    pub fn ring(&self) -> arc_swap::Guard<Arc<Ring>> {
        self.ring.load()
    }

    /// Returns the index and the lease that tokens are judged by. The feed keeps both up to date.
    #[must_use]
    pub fn snapshots(&self) -> (Arc<Index>, Arc<Lease>) {
        (Arc::clone(&self.index), Arc::clone(&self.lease))
    }

    /// Returns the current keys. `None` if this node has no valid lease.
    #[must_use]
    pub fn leased_ring(&self) -> Option<Arc<Ring>> {
        let lease = self.lease.take();
        let ring = self.ring.load_full();
        lease.holds(clock::boot_time()).then_some(ring)
    }

    /// Returns the issuer (`iss`) of company tokens, operator tokens and sessions.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuers.tokens
    }

    /// Returns the issuer of access tokens. `None` if OAuth is off.
    #[must_use]
    pub fn oauth_issuer(&self) -> Option<&str> {
        self.issuers.oauth.as_deref()
    }

    /// Returns the claims of a token that is valid at `now`.
    ///
    /// # Errors
    /// Returns the [`Refusal`].
    pub fn validate(&self, text: &str, now: Timestamp) -> Result<Claims, Refusal> {
        // The lease is read first, then the keys and the index, and the clock last (see
        // `feed::Lease`).
        let lease = self.lease.take();
        self.verdict(lease, self.look(text), now)
    }

    /// Judges the claims of a token that has no signature: its text was found in the database.
    /// `lease` was taken before the look-up.
    ///
    /// # Errors
    /// Returns the [`Refusal`].
    pub fn judge(
        &self,
        lease: LeaseSnapshot,
        claims: Claims,
        now: Timestamp,
    ) -> Result<Claims, Refusal> {
        self.judge_with(lease, claims, &Lineage::NONE, now)
    }

    /// Does the same for an access token with its ancestors.
    ///
    /// # Errors
    /// Returns the [`Refusal`].
    pub fn judge_with(
        &self,
        lease: LeaseSnapshot,
        claims: Claims,
        lineage: &Lineage,
        now: Timestamp,
    ) -> Result<Claims, Refusal> {
        let known = Known {
            claims,
            lineage: lineage.clone(),
            trusted: lineage.is_empty() || self.ring.load().trusts_ancestors(lineage),
        };
        self.verdict(lease, Some(known), now)
    }

    /// Returns the lease as it is now, for [`Validator::judge`].
    #[must_use]
    pub fn take_lease(&self) -> LeaseSnapshot {
        self.lease.take()
    }

    #[inline]
    fn verdict(
        &self,
        lease: LeaseSnapshot,
        known: Option<Known>,
        now: Timestamp,
    ) -> Result<Claims, Refusal> {
        let standing = known.as_ref().map(|known| {
            if !known.trusted {
                TokenState::Revoked
            } else if known.lineage.is_empty() {
                self.index.judge(&known.claims)
            } else {
                self.index.judge_with(&known.claims, &known.lineage)
            }
        });
        match known.map(|known| known.claims).zip(standing) {
            Some((claims, TokenState::Revoked)) => Err(Refusal::Revoked(claims)),
            Some((claims, TokenState::Expired)) => Err(Refusal::Expired(claims)),
            Some((claims, _)) if self.is_over(&claims, now) => Err(Refusal::Expired(claims)),
            // A token of a newer key looks invalid to a node that does not have that key yet.
            _ if !lease.holds(clock::boot_time()) => Err(Refusal::Stale),
            Some((claims, _)) if self.index.reached() < claims.rev => Err(Refusal::Ahead(claims)),
            // The `iat` of a token is in the future only if the clock of the issuing or of this
            // node is wrong.
            Some((claims, TokenState::Valid)) if claims.issued_at <= now.plus(CLOCK_SKEW) => {
                Ok(claims)
            }
            _ => Err(Refusal::Invalid),
        }
    }

    fn is_over(&self, claims: &Claims, now: Timestamp) -> bool {
        let over = |end: Timestamp| end <= now;
        claims.expires_at().is_some_and(over) || self.index.end_of(claims).is_some_and(over)
    }

    /// Like [`Validator::validate`], for one kind only. Any other kind is [`Refusal::Invalid`].
    ///
    /// # Errors
    /// Returns the [`Refusal`].
    pub fn validate_kind(&self, text: &str, kind: Kind, now: Timestamp) -> Result<Claims, Refusal> {
        let verdict = self.validate(text, now);
        let (Ok(claims)
        | Err(Refusal::Expired(claims) | Refusal::Revoked(claims) | Refusal::Ahead(claims))) =
            verdict
        else {
            return verdict;
        };
        if claims.kind() == kind {
            verdict
        } else {
            Err(Refusal::Invalid)
        }
    }

    /// Returns the claims of a token that this service signed, whether it is still valid or not.
    /// `None` if it did not sign it.
    #[must_use]
    pub fn authentic(&self, text: &str) -> Option<Claims> {
        self.look(text).map(|known| known.claims)
    }

    /// Whether the text names a signing key that this node does not have. Another node may have signed
    /// it with a key that this one has not loaded yet.
    #[must_use]
    pub fn may_lack_key_of(&self, text: &str) -> bool {
        let Ok(parts) = parts(text) else {
            return false;
        };
        let ring = self.ring.load();
        let named = key_named_by(parts.header);
        named.is_some_and(|kid| ring.keys().all(|key| key.kid != kid))
    }

    /// Returns the id of the key that signed a token, which the caller has validated. `None` if the
    /// text is no JWT.
    #[must_use]
    pub fn key_of(text: &str) -> Option<KeyId> {
        parts(text)
            .ok()
            .and_then(|parts| key_named_by(parts.header))
    }

    fn look(&self, text: &str) -> Option<Known> {
        let verified = |(claims, lineage)| Known {
            claims,
            lineage,
            trusted: true,
        };
        if let Some(contents) = self.verified.in_constant_use(text) {
            return Some(verified(contents));
        }
        let name = self.verified.name(text);
        if let Some(contents) = self.verified.get(name, text) {
            return Some(verified(contents));
        }
        // Taken before the ring, so that the cache entry expires with the keys that verified it.
        let generation = self.verified.generation();
        let known = self.verify(text)?;
        if known.trusted {
            let lineage = known.lineage.clone();
            self.verified
                .keep(generation, name, (known.claims, lineage));
        }
        Some(known)
    }

    fn verify(&self, text: &str) -> Option<Known> {
        let parts = parts(text).ok()?;
        let ring = self.ring.load();
        let (key, typ) = ring.by_header(parts.header)?;
        let signature = parts.signature_bytes().ok()?;
        if !key.verifying.verify(parts.message.as_bytes(), &signature) {
            return None;
        }
        let (claims, lineage) = decode(parts.payload, &self.issuers).ok()?;
        // The type in the header and the purpose of the key must be those of the kind: a token is
        // never accepted as one of another kind.
        key.signs(claims.kind(), typ).then(|| Known {
            claims,
            trusted: key.is_trusted() && ring.trusts_ancestors(&lineage),
            lineage,
        })
    }

    /// Replaces the keys. Only one thread at a time may call it. If a key is gone or revoked, the
    /// cache is cleared.
    pub fn set_ring(&self, ring: Ring) {
        let trusted = ring.trusts_all_of(&self.ring.load());
        self.ring.store(Arc::new(ring));
        if !trusted {
            self.verified.clear();
        }
    }
}

/// Returns the key that a header segment names. `None` if it names none.
fn key_named_by(header: &str) -> Option<KeyId> {
    #[derive(Deserialize)]
    struct Header {
        kid: String,
    }
    let json = URL_SAFE_NO_PAD.decode(header).ok()?;
    let header: Header = serde_json::from_slice(&json).ok()?;
    header.kid.parse().ok()
}

#[cfg(test)]
mod tests;
