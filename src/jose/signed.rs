//! A signed JWT in its compact form (RFC 7515, section 7.1).

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::{Jwk, KeySet, SigningAlgorithm};
use crate::token::{MAX_LENGTH, Parts, parts};

/// The text or the key is not one that is accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unacceptable;

/// The longest text that is read (bytes).
pub const LONGEST: usize = MAX_LENGTH;

/// The most keys that are tried for a header that names none: a present key and the next one.
const TRIED: usize = 2;

/// A signed JWT whose header was read. Its signature is not verified yet.
#[derive(Clone)]
pub struct SignedJwt<'a> {
    parts: Parts<'a>,
    algorithm: SigningAlgorithm,
    typ: Option<String>,
    kid: Option<String>,
    jwk: Option<Jwk>,
}

impl fmt::Debug for SignedJwt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SignedJwt({}, ***)", self.algorithm.as_str())
    }
}

/// The members of a header that are read. One that occurs twice is refused by the parser.
#[derive(Deserialize)]
struct Header<'a> {
    alg: SigningAlgorithm,
    typ: Option<String>,
    kid: Option<String>,
    #[serde(borrow)]
    jwk: Option<&'a RawValue>,
    #[serde(default, deserialize_with = "present")]
    crit: bool,
}

fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    IgnoredAny::deserialize(deserializer).map(|_| true)
}

impl<'a> SignedJwt<'a> {
    /// Reads a text.
    ///
    /// # Errors
    /// Returns [`Unacceptable`] if it is longer than [`LONGEST`], is no signed JWT, is signed by
    /// another algorithm than [`SigningAlgorithm`], has critical extensions, or a key that is none.
    pub fn parse(text: &'a str) -> Result<Self, Unacceptable> {
        let parts = parts(text).map_err(|_| Unacceptable)?;
        let json = URL_SAFE_NO_PAD
            .decode(parts.header)
            .map_err(|_| Unacceptable)?;
        let header: Header<'_> = serde_json::from_slice(&json).map_err(|_| Unacceptable)?;
        if header.crit {
            return Err(Unacceptable);
        }
        let jwk = header.jwk.map(|key| Jwk::parse(key.get())).transpose()?;
        Ok(Self {
            parts,
            algorithm: header.alg,
            typ: header.typ,
            kid: header.kid,
            jwk,
        })
    }

    /// Returns the algorithm.
    #[must_use]
    pub const fn algorithm(&self) -> SigningAlgorithm {
        self.algorithm
    }

    /// Whether the header has this type. It is a media type, whose case does not count, and whose
    /// beginning `application/` may be left out (RFC 7515, section 4.1.9).
    #[must_use]
    pub fn is_of_type(&self, typ: &str) -> bool {
        self.typ.as_deref().is_some_and(|own| {
            let prefix = own
                .get(..12)
                .filter(|prefix| prefix.eq_ignore_ascii_case("application/"));
            let own = prefix.and_then(|_| own.get(12..)).unwrap_or(own);
            own.eq_ignore_ascii_case(typ)
        })
    }

    /// Whether the header has a type.
    #[must_use]
    pub const fn has_type(&self) -> bool {
        self.typ.is_some()
    }

    /// Returns the key that the header contains. `None` if it contains none.
    #[must_use]
    pub const fn jwk(&self) -> Option<&Jwk> {
        self.jwk.as_ref()
    }

    /// Whether the key has signed the text.
    #[must_use]
    pub fn is_signed_by(&self, key: &Jwk) -> bool {
        let message = self.parts.message.as_bytes();
        let signature = self.parts.signature_bytes();
        signature.is_ok_and(|signature| key.verify(self.algorithm, message, &signature))
    }

    /// Whether one of the keys that the header may mean has signed the text. A header that names no key
    /// may mean the first two that fit. A text that none of them signed is verified as often as any
    /// other, with a key that nobody signs with if need be, so that the time does not reveal which
    /// clients exist and how many keys they have.
    #[must_use]
    pub fn is_signed_by_one_of(&self, keys: &KeySet) -> bool {
        let kid = self.kid.as_deref();
        let tried = if kid.is_some() { 1 } else { TRIED };
        let mut candidates = keys.candidates(kid, self.algorithm);
        (0..tried).any(|_| {
            candidates.next().map_or_else(
                || {
                    let _ = self.is_signed_by(&Jwk::stand_in(self.algorithm));
                    false
                },
                |key| self.is_signed_by(key),
            )
        })
    }

    /// Reads the claims. They are proven only if the signature was verified.
    ///
    /// # Errors
    /// Returns [`Unacceptable`] if they are not what `T` expects.
    pub fn claims<T: DeserializeOwned>(&self) -> Result<T, Unacceptable> {
        let json = URL_SAFE_NO_PAD
            .decode(self.parts.payload)
            .map_err(|_| Unacceptable)?;
        serde_json::from_slice(&json).map_err(|_| Unacceptable)
    }
}

#[cfg(test)]
mod tests;
