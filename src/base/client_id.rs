//! Ids of OAuth clients.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Digest, random};

/// The longest id (bytes). Clients that are named by a URL have long ones.
const LONGEST: usize = 2_048;

/// The id of an OAuth client (RFC 6749, section 2.2): a UUID if it was made here, else any text of
/// 1 to 2,048 printable ASCII characters. It is no secret, and ids are compared byte by byte.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClientId(Box<str>);

/// The text cannot be the id of a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoClientId;

impl ClientId {
    /// Returns a new id, a random UUID.
    #[must_use]
    pub fn generate() -> Self {
        let id = uuid::Builder::from_random_bytes(random::bytes()).into_uuid();
        Self(id.hyphenated().to_string().into())
    }

    /// Returns the text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A number that stands for a client's id in the feed: the first 64 bits of the id's SHA-256. Two
/// clients of one organization have the same one only if somebody searched for such ids, which are
/// drawn here.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ClientTag(pub i64);

impl fmt::Debug for ClientTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl ClientId {
    /// Returns the number that stands for the id in the feed.
    #[must_use]
    pub fn tag(&self) -> ClientTag {
        let digest = Digest::of(&self.0).0;
        let first = digest.first_chunk().copied().unwrap_or_default();
        ClientTag(i64::from_be_bytes(first))
    }
}

impl FromStr for ClientId {
    type Err = NoClientId;

    fn from_str(text: &str) -> Result<Self, NoClientId> {
        let printable = text.bytes().all(|byte| (b' '..=b'~').contains(&byte));
        if text.is_empty() || text.len() > LONGEST || !printable {
            return Err(NoClientId);
        }
        Ok(Self(text.into()))
    }
}

impl fmt::Display for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl Serialize for ClientId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for ClientId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse()
            .map_err(|NoClientId| serde::de::Error::custom("no id of a client"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_a_uuid_or_any_printable_text() {
        let id = ClientId::generate();
        assert_eq!(id.as_str().len(), 36);
        assert_ne!(ClientId::generate(), id);
        for text in [
            "23075594",
            "https://app.example.com/client",
            "a b:c",
            &"x".repeat(2_048),
        ] {
            assert_eq!(text.parse::<ClientId>().unwrap().as_str(), text);
        }
        for text in ["", "a\nb", "ü", "a\u{7f}", &"x".repeat(2_049)] {
            assert_eq!(text.parse::<ClientId>(), Err(NoClientId), "{text}");
        }
    }
}
