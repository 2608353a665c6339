//! Ids of signing keys.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Deserializer, Serialize};

use super::random;

/// The id of a signing key, its `kid` (RFC 7515, 4.1.4): 72 random bits as twelve characters of
/// base64url.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId([u8; 12]);

impl KeyId {
    /// Returns a new random id.
    #[must_use]
    pub fn generate() -> Self {
        let mut name = [b'A'; 12];
        // Nine bytes encode to exactly twelve characters.
        let _ = URL_SAFE_NO_PAD.encode_slice(random::bytes::<9>(), &mut name);
        if let Some(first) = name.first_mut().filter(|first| **first == b'-') {
            // A leading `-` would look like an option on the command line.
            *first = b'A';
        }
        Self(name)
    }

    /// Returns the id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text is not a [`KeyId`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a key's name has twelve characters, of A-Z a-z 0-9 - _")]
pub struct NoKeyId;

impl FromStr for KeyId {
    type Err = NoKeyId;
    fn from_str(text: &str) -> Result<Self, NoKeyId> {
        let name = <[u8; 12]>::try_from(text.as_bytes()).map_err(|_| NoKeyId)?;
        let fits = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_".contains(byte);
        name.iter().all(fits).then_some(Self(name)).ok_or(NoKeyId)
    }
}

impl<'de> Deserialize<'de> for KeyId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl Serialize for KeyId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_names_survive_the_round_trip_and_no_other_text_is_one() {
        for _ in 0..100 {
            let name = KeyId::generate();
            assert_eq!(name.as_str().len(), 12);
            assert!(!name.as_str().starts_with('-'));
            assert_eq!(name.to_string().parse(), Ok(name));
        }
        for text in ["", "short", "thirteen-long", "twelve chars", "twélve-char"] {
            assert_eq!(text.parse::<KeyId>(), Err(NoKeyId), "{text}");
        }
    }
}
