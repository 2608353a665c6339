//! Ids of API keys.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

use super::random;

/// The id of an API key: `key_` and 16 characters of base62, which are drawn. It is not secret, and is
/// never used again.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ApiKeyId([u8; 20]);

/// What ids of API keys begin with.
const API_KEY: &str = "key_";

impl ApiKeyId {
    /// Draws a new id.
    #[must_use]
    pub fn draw() -> Self {
        let mut text = String::with_capacity(20);
        text.push_str(API_KEY);
        random::push_base62(&mut text, 16);
        Self(text.as_bytes().first_chunk().copied().unwrap_or_default())
    }

    /// Returns the id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// Returns the 16 characters that were drawn, by which the feed names the key.
    #[must_use]
    pub fn number(&self) -> [u8; 16] {
        self.0.last_chunk().copied().unwrap_or_default()
    }

    /// Returns the id with these drawn characters. `None` if they are none.
    #[must_use]
    pub fn of_number(number: [u8; 16]) -> Option<Self> {
        let drawn = std::str::from_utf8(&number).ok()?;
        format!("{API_KEY}{drawn}").parse().ok()
    }
}

/// A text that is no id of an API key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the id of an API key is key_ and 16 letters and digits")]
pub struct NoApiKeyId;

impl FromStr for ApiKeyId {
    type Err = NoApiKeyId;
    fn from_str(text: &str) -> Result<Self, NoApiKeyId> {
        let drawn = text.strip_prefix(API_KEY).ok_or(NoApiKeyId)?;
        if !drawn.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(NoApiKeyId);
        }
        let whole = <[u8; 20]>::try_from(text.as_bytes());
        whole.map(Self).map_err(|_| NoApiKeyId)
    }
}

impl fmt::Display for ApiKeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for ApiKeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for ApiKeyId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
