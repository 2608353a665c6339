//! The ring: all keys a node signs and verifies with, an immutable snapshot.

use std::collections::HashMap;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::{KeyState, Life};
use crate::base::KeyId;
use crate::token::{Algorithm, KeyError, SecretKey, VerifyingKey};

/// One key of the ring; a clone shares what is secret.
#[derive(Debug, Clone)]
pub struct RingKey {
    /// `kid`, the key's name.
    pub kid: KeyId,
    /// How far it has come.
    pub life: Life,
    /// The key that signs.
    pub secret: Arc<SecretKey>,
    /// The key that checks.
    pub verifying: Arc<VerifyingKey>,
    /// The header segment of every token it signs, encoded.
    pub header: Arc<str>,
}

impl RingKey {
    /// A key of the ring.
    ///
    /// # Errors
    /// [`KeyError`] when its public half cannot be derived.
    pub fn new(kid: KeyId, life: Life, secret: SecretKey) -> Result<Self, KeyError> {
        let header = header(secret.algorithm(), kid);
        Ok(Self {
            kid,
            life,
            verifying: Arc::new(secret.verifying()?),
            secret: Arc::new(secret),
            header,
        })
    }

    /// The same key, further in its life.
    #[must_use]
    pub fn with(&self, life: Life) -> Self {
        Self {
            life,
            ..self.clone()
        }
    }

    /// Whether what it signed counts: it was not revoked.
    #[must_use]
    pub const fn is_trusted(&self) -> bool {
        !self.life.is_revoked()
    }
}

/// The header (RFC 7515, 4.1) every token of a key has: the algorithm, the type, the key's name, in this order. Nothing in
/// it is ever taken from a caller.
fn header(algorithm: Algorithm, kid: KeyId) -> Arc<str> {
    URL_SAFE_NO_PAD
        .encode(format!(
            r#"{{"alg":"{}","typ":"JWT","kid":"{kid}"}}"#,
            algorithm.as_str()
        ))
        .into()
}

/// A snapshot of the keys.
#[derive(Debug)]
pub struct Ring {
    active: Arc<RingKey>,
    by_header: HashMap<Arc<str>, Arc<RingKey>>,
}

impl Ring {
    /// A ring of the keys that are not retired; none when no key is active. The active key of `algorithm` signs; where
    /// there is none (another node was told of another algorithm), the one that has been active for the shortest time.
    #[must_use]
    pub fn new(keys: Vec<RingKey>, algorithm: Algorithm) -> Option<Self> {
        let keys: Vec<_> = keys
            .into_iter()
            .filter(|key| key.life.state() != KeyState::Retired)
            .map(Arc::new)
            .collect();
        let active = keys
            .iter()
            .filter(|key| key.life.state() == KeyState::Active)
            .max_by_key(|key| {
                (
                    key.secret.algorithm() == algorithm,
                    key.life.activated_at,
                    key.kid,
                )
            })?
            .clone();
        let by_header = keys
            .into_iter()
            .map(|key| (key.header.clone(), key))
            .collect();
        Some(Self { active, by_header })
    }

    /// The key that signs now.
    #[must_use]
    pub fn active(&self) -> &RingKey {
        &self.active
    }

    /// The key whose tokens bear exactly this header segment. A header that says anything else (another algorithm,
    /// `none`, a key of its own in `jwk` or `x5u`) belongs to no key.
    #[must_use]
    pub fn by_header(&self, header: &str) -> Option<&RingKey> {
        self.by_header.get(header).map(Arc::as_ref)
    }

    /// All keys, in no order; those that were revoked among them.
    pub fn keys(&self) -> impl Iterator<Item = &RingKey> {
        self.by_header.values().map(Arc::as_ref)
    }

    /// How many keys are in each state; those that were revoked count as `revoked` only.
    pub fn states(&self) -> impl Iterator<Item = (&'static str, usize)> {
        let words = KeyState::ALL.map(KeyState::as_str).into_iter();
        let held = words.filter(|word| *word != KeyState::Retired.as_str());
        held.chain(["revoked"]).map(|word| {
            let is = |key: &&RingKey| key.life.word() == word;
            (word, self.keys().filter(is).count())
        })
    }

    /// Whether whatever counts by `old` counts by this one too.
    #[must_use]
    pub fn trusts_all_of(&self, old: &Self) -> bool {
        old.keys()
            .filter(|key| key.is_trusted())
            .all(|key| self.by_header(&key.header).is_some_and(RingKey::is_trusted))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Timestamp;

    fn key(algorithm: Algorithm, activated_at: Option<i64>) -> RingKey {
        let secret = SecretKey::generate(algorithm).unwrap();
        let secret = SecretKey::parse(algorithm, &secret).unwrap();
        let life = Life {
            activated_at: activated_at.map(Timestamp::from_seconds),
            ..Life::begin(Timestamp::from_seconds(0))
        };
        RingKey::new(KeyId::generate(), life, secret).unwrap()
    }

    #[test]
    fn the_header_of_a_kid_is_fixed_to_the_byte() {
        let header = header(Algorithm::Hs256, "k1k2k3k4k5k6".parse().unwrap());
        assert_eq!(
            URL_SAFE_NO_PAD.decode(&*header).unwrap(),
            br#"{"alg":"HS256","typ":"JWT","kid":"k1k2k3k4k5k6"}"#
        );
    }

    #[test]
    fn the_algorithm_that_is_set_signs_or_the_one_that_came_last() {
        let keys = vec![
            key(Algorithm::EdDsa, None),
            key(Algorithm::Hs256, Some(1)),
            key(Algorithm::Es256, Some(2)),
        ];
        let signs = |algorithm| {
            let ring = Ring::new(keys.clone(), algorithm).unwrap();
            ring.active().secret.algorithm()
        };
        assert_eq!(signs(Algorithm::Hs256), Algorithm::Hs256);
        assert_eq!(signs(Algorithm::EdDsa), Algorithm::Es256);
        assert!(Ring::new(vec![key(Algorithm::Hs256, None)], Algorithm::Hs256).is_none());
    }

    #[test]
    fn trust_ends_with_a_key_that_is_gone_or_revoked_and_no_other_way() {
        let now = Timestamp::from_seconds(9);
        let (signs, old) = (key(Algorithm::Hs256, Some(1)), key(Algorithm::Hs256, None));
        let ring = |keys: Vec<RingKey>| Ring::new(keys, Algorithm::Hs256).unwrap();
        let both = ring(vec![signs.clone(), old.clone()]);
        assert!(both.trusts_all_of(&both));
        assert!(both.trusts_all_of(&ring(vec![signs.clone()])));
        assert!(!ring(vec![signs.clone()]).trusts_all_of(&both));
        let revoked = old.with(old.life.revoke(now).unwrap());
        let without = ring(vec![signs.clone(), revoked]);
        assert!(!without.trusts_all_of(&both));
        assert!(ring(vec![signs]).trusts_all_of(&without));
    }
}
