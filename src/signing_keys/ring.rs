//! The ring: an immutable snapshot of all keys that a node signs and verifies with.

use std::collections::HashMap;
use std::sync::Arc;

use super::{KeyState, Life, Role, header};
use crate::base::{KeyId, TokenId};
use crate::token::{
    self, Actor, Algorithm, Claims, KeyError, Kind, Lineage, Purpose, SecretKey, Typ, VerifyingKey,
};

/// One key of the ring. Clones share the secret.
#[derive(Debug, Clone)]
pub struct RingKey {
    /// The id of the key (`kid`).
    pub kid: KeyId,
    /// The purpose of the key.
    pub purpose: Purpose,
    /// The life of the key.
    pub life: Life,
    /// The key that signs.
    pub secret: Arc<SecretKey>,
    /// The key that verifies.
    pub verifying: Arc<VerifyingKey>,
    /// The encoded header segment of the tokens it signs, for each type of token.
    headers: Arc<[(Typ, Arc<str>)]>,
}

impl RingKey {
    /// Returns a key that signs tokens.
    ///
    /// # Errors
    /// [`KeyError`] if its public half cannot be derived.
    pub fn new(kid: KeyId, life: Life, secret: SecretKey) -> Result<Self, KeyError> {
        Self::of(kid, Purpose::Tokens, life, secret)
    }

    /// Returns a key for a purpose.
    ///
    /// # Errors
    /// [`KeyError`] if its public half cannot be derived.
    pub fn of(
        kid: KeyId,
        purpose: Purpose,
        life: Life,
        secret: SecretKey,
    ) -> Result<Self, KeyError> {
        let typs = purpose.typs().iter();
        let headers = typs.map(|typ| (*typ, header::encode(secret.algorithm(), *typ, kid).into()));
        Ok(Self {
            kid,
            purpose,
            life,
            headers: headers.collect(),
            verifying: Arc::new(secret.verifying()?),
            secret: Arc::new(secret),
        })
    }

    /// Returns the same key with another life.
    #[must_use]
    pub fn with(&self, life: Life) -> Self {
        Self {
            life,
            ..self.clone()
        }
    }

    /// Returns the role of the key.
    #[must_use]
    pub fn role(&self) -> Role {
        Role {
            purpose: self.purpose,
            algorithm: self.secret.algorithm(),
        }
    }

    /// Whether a token that it signed can be valid: the key is not revoked.
    #[must_use]
    pub const fn is_trusted(&self) -> bool {
        !self.life.is_revoked()
    }

    /// Returns the encoded header segment of the tokens of a type that it signs. `None` if it signs
    /// no tokens of that type.
    #[must_use]
    pub fn header(&self, typ: Typ) -> Option<&str> {
        let header = self.headers.iter().find(|(own, _)| *own == typ);
        header.map(|(_, text)| &**text)
    }

    /// Whether a key of this purpose signs tokens of this kind, under a header of this type.
    #[must_use]
    pub fn signs(&self, kind: Kind, typ: Typ) -> bool {
        kind.typs().contains(&typ) && kind.purpose() == self.purpose
    }

    /// Signs the claims of a company or operator token.
    ///
    /// # Errors
    /// [`KeyError`] if the key is for another purpose, the claims are of another kind, or the
    /// cryptographic library fails.
    pub fn sign(&self, claims: &Claims, issuer: &str) -> Result<String, KeyError> {
        let header = self.header_for(claims.kind(), Typ::Jwt)?;
        token::sign(header, claims, issuer, &self.secret)
    }

    /// Signs the claims of an operator token that was exchanged: `act` acts for the operator.
    ///
    /// # Errors
    /// [`KeyError`] as [`RingKey::sign`].
    pub fn sign_acted(
        &self,
        claims: &Claims,
        act: &Actor,
        issuer: &str,
    ) -> Result<String, KeyError> {
        let header = self.header_for(claims.kind(), Typ::Jwt)?;
        token::sign_acted(header, (claims, act), issuer, &self.secret)
    }

    /// Signs the payload of a token of a kind, under a header of a type.
    ///
    /// # Errors
    /// [`KeyError`] if the key does not sign such tokens, or the cryptographic library fails.
    pub fn sign_payload(&self, kind: Kind, typ: Typ, payload: &[u8]) -> Result<String, KeyError> {
        token::sign_payload(self.header_for(kind, typ)?, payload, &self.secret)
    }

    /// Signs the payload of an access token of profile `suitecrm`: a header of type `JWT` that has
    /// the id of the token, as guide 001 prints it.
    ///
    /// # Errors
    /// [`KeyError`] if the key does not sign such tokens, or the cryptographic library fails.
    pub fn sign_for_suitecrm(&self, jti: TokenId, payload: &[u8]) -> Result<String, KeyError> {
        let plain = self.header_for(Kind::Access, Typ::Jwt)?;
        let header = header::with_jti(plain, jti).ok_or(KeyError)?;
        token::sign_payload(&header, payload, &self.secret)
    }

    /// Signs the payload of an ID token.
    ///
    /// # Errors
    /// [`KeyError`] if the key is for another purpose, or the cryptographic library fails.
    pub fn sign_id_token(&self, payload: &[u8]) -> Result<String, KeyError> {
        match self.header(Typ::Jwt) {
            Some(header) if self.purpose == Purpose::IdTokens => {
                token::sign_payload(header, payload, &self.secret)
            }
            _ => Err(KeyError),
        }
    }

    fn header_for(&self, kind: Kind, typ: Typ) -> Result<&str, KeyError> {
        let header = self.header(typ).ok_or(KeyError)?;
        if self.signs(kind, typ) {
            Ok(header)
        } else {
            Err(KeyError)
        }
    }
}

/// A snapshot of the keys.
#[derive(Debug)]
pub struct Ring {
    keys: Vec<Arc<RingKey>>,
    active: Arc<RingKey>,
    by_header: HashMap<Arc<str>, (Arc<RingKey>, Typ)>,
}

impl Ring {
    /// Returns a ring of the keys that are not retired. `None` if no active key signs tokens. The
    /// active key of `algorithm` signs company and operator tokens. If there is none (another node
    /// has another `tokens.algorithm`), the key that became active last signs them.
    #[must_use]
    pub fn new(keys: Vec<RingKey>, algorithm: Algorithm) -> Option<Self> {
        let keys: Vec<_> = keys
            .into_iter()
            .filter(|key| key.life.state() != KeyState::Retired)
            .map(Arc::new)
            .collect();
        let active = keys
            .iter()
            .filter(|key| key.purpose == Purpose::Tokens)
            .filter(|key| key.life.state() == KeyState::Active)
            .max_by_key(|key| {
                (
                    key.secret.algorithm() == algorithm,
                    key.life.activated_at,
                    key.kid,
                )
            })?
            .clone();
        let mut by_header = HashMap::new();
        for key in &keys {
            for (typ, text) in &*key.headers {
                by_header.insert(Arc::clone(text), (Arc::clone(key), *typ));
            }
        }
        Some(Self {
            keys,
            active,
            by_header,
        })
    }

    /// Returns the key that signs company and operator tokens.
    #[must_use]
    pub fn active(&self) -> &RingKey {
        &self.active
    }

    /// Returns the key that signs for a role. `None` if there is none yet: a role other than that
    /// of `tokens.algorithm` must be required first ([`super::require`]).
    #[must_use]
    pub fn signer(&self, role: Role) -> Option<&RingKey> {
        self.keys()
            .filter(|key| key.life.state() == KeyState::Active && key.role() == role)
            .max_by_key(|key| (key.life.activated_at, key.kid))
    }

    /// Returns the key whose tokens have exactly this header segment, or this one with the id of
    /// the token ([`RingKey::sign_for_suitecrm`]), and the type that the header names. `None` if
    /// there is none: a header with anything else in it (another algorithm, `none`, a key of its
    /// own in `jwk` or `x5u`) belongs to no key.
    #[must_use]
    pub fn by_header(&self, header: &str) -> Option<(&RingKey, Typ)> {
        if let Some((key, typ)) = self.by_header.get(header) {
            return Some((key, *typ));
        }
        let (key, typ) = self.by_header.get(&*header::without_jti(header)?)?;
        (*typ == Typ::Jwt).then_some((key, *typ))
    }

    /// Returns all keys, in no particular order, revoked ones included.
    pub fn keys(&self) -> impl Iterator<Item = &RingKey> {
        self.keys.iter().map(Arc::as_ref)
    }

    /// Whether none of the keys that signed these tokens is revoked. A key that is not in the ring
    /// is no obstacle: what it signed has expired, and with it what it was exchanged for.
    #[must_use]
    pub fn trusts_ancestors(&self, lineage: &Lineage) -> bool {
        let revoked = |kid: KeyId| self.keys().any(|key| key.kid == kid && !key.is_trusted());
        let mut kids = lineage.ancestors().iter().filter_map(|one| one.kid);
        !kids.any(revoked)
    }

    /// Returns the number of keys in each state. A revoked key is counted as `revoked` only.
    pub fn states(&self) -> impl Iterator<Item = (&'static str, usize)> {
        let words = KeyState::ALL.map(KeyState::as_str).into_iter();
        let held = words.filter(|word| *word != KeyState::Retired.as_str());
        held.chain(["revoked"]).map(|word| {
            let is = |key: &&RingKey| key.life.word() == word;
            (word, self.keys().filter(is).count())
        })
    }

    /// Whether this ring contains, not revoked, every key of `old` that is not revoked there.
    #[must_use]
    pub fn trusts_all_of(&self, old: &Self) -> bool {
        let trusts = |kid: KeyId| self.keys().any(|key| key.kid == kid && key.is_trusted());
        let mut trusted = old.keys().filter(|key| key.is_trusted());
        trusted.all(|key| trusts(key.kid))
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
