//! The ring: all keys a node signs and verifies with, an immutable snapshot.

use std::collections::HashMap;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::KeyState;
use crate::token::{Algorithm, KeyFault, SecretKey, VerifyingKey};

/// One key of the ring.
#[derive(Debug)]
pub struct RingKey {
    /// `kid`, the key's name.
    pub kid: String,
    /// Where it is in its life.
    pub state: KeyState,
    /// The key that signs.
    pub secret: SecretKey,
    /// The key that checks.
    pub verifying: VerifyingKey,
    /// The header segment of every token it signs, encoded.
    pub header: Box<str>,
}

impl RingKey {
    /// A key of the ring.
    ///
    /// # Errors
    /// [`KeyFault`] when its public half cannot be derived.
    pub fn new(kid: String, state: KeyState, secret: SecretKey) -> Result<Self, KeyFault> {
        let header = header(secret.algorithm(), &kid);
        Ok(Self {
            verifying: secret.verifying()?,
            kid,
            state,
            secret,
            header,
        })
    }
}

/// The header (RFC 7515, 4.1) every token of a key has: the algorithm, the type, the key's name, in this order. Nothing in
/// it is ever taken from a caller.
fn header(algorithm: Algorithm, kid: &str) -> Box<str> {
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
    by_header: HashMap<Box<str>, Arc<RingKey>>,
}

impl Ring {
    /// A ring of the keys that are not retired; none when no key of `algorithm` is active.
    #[must_use]
    pub fn new(keys: Vec<RingKey>, algorithm: Algorithm) -> Option<Self> {
        let keys: Vec<_> = keys
            .into_iter()
            .filter(|key| key.state != KeyState::Retired)
            .map(Arc::new)
            .collect();
        let active = keys
            .iter()
            .find(|key| key.state == KeyState::Active && key.secret.algorithm() == algorithm)?
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

    /// All keys, in no order.
    pub fn keys(&self) -> impl Iterator<Item = &RingKey> {
        self.by_header.values().map(Arc::as_ref)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_of_a_kid_is_fixed_to_the_byte() {
        let header = header(Algorithm::Hs256, "k1");
        assert_eq!(
            &*header,
            "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6ImsxIn0"
        );
    }
}
