//! Ids as newtypes, so that an operator's id cannot be used where an organization's is expected.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Timestamp, random};

macro_rules! number_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = std::num::ParseIntError;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    };
}

number_id!(
    /// An organization (company). 64-bit, never above 2^53 − 1.
    OrganizationId
);
number_id!(
    /// An operator, unique over the whole service. 64-bit, never above 2^53 − 1.
    OperatorId
);
number_id!(
    /// A webhook's endpoint, unique over the whole service. 64-bit, never above 2^53 − 1.
    WebhookId
);
number_id!(
    /// An admin of the platform. 64-bit, never above 2^53 − 1.
    PlatformAdminId
);
number_id!(
    /// An import of operators, unique over the whole service. 64-bit, never above 2^53 − 1.
    ImportId
);
number_id!(
    /// A place in the feed: the gapless order of everything all nodes must know.
    #[derive(Default)]
    Sequence
);

/// A random value that distinguishes rows with the same number. A database that lost rows may reuse
/// their numbers, but the new rows get different tags.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct EntryTag(pub i64);

impl EntryTag {
    /// Returns a new random tag.
    #[must_use]
    pub fn draw() -> Self {
        Self(i64::from_be_bytes(random::bytes()))
    }
}

impl OrganizationId {
    /// Stands for the service itself where a row belongs to no organization. Ids of organizations
    /// start at 1.
    pub const SERVICE: Self = Self(0);
}

/// A token's `jti` (RFC 7519, 4.1.7): a UUID version 7 (RFC 9562), so that ids sort by time of
/// issue.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TokenId(pub [u8; 16]);

impl TokenId {
    /// Returns an id that is not greater than any that [`TokenId::generate`] makes at `at` or later.
    #[must_use]
    pub fn first_at(at: Timestamp) -> Self {
        let millis = u64::try_from(at.as_micros() / 1_000).unwrap_or_default();
        let mut id = [0; 16];
        if let (Some(start), Some(millis)) = (id.get_mut(..6), millis.to_be_bytes().get(2..)) {
            start.copy_from_slice(millis);
        }
        Self(id)
    }

    /// Returns the instant at which [`TokenId::generate`] made the id, rounded down to a millisecond.
    #[must_use]
    pub fn time(self) -> Timestamp {
        let mut millis = [0; 8];
        if let (Some(end), Some(start)) = (millis.get_mut(2..), self.0.get(..6)) {
            end.copy_from_slice(start);
        }
        let millis = i64::try_from(u64::from_be_bytes(millis)).unwrap_or(i64::MAX);
        Timestamp::from_micros(millis.saturating_mul(1_000))
    }

    /// Returns a new id. Its first 48 bits are the milliseconds of `now`; 74 of the other bits are
    /// random.
    #[must_use]
    pub fn generate(now: Timestamp) -> Self {
        let millis = u64::try_from(now.as_micros() / 1_000).unwrap_or_default();
        Self(
            uuid::Builder::from_unix_timestamp_millis(millis, &random::bytes())
                .into_uuid()
                .into_bytes(),
        )
    }
}

impl fmt::Display for TokenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        uuid::Uuid::from_bytes(self.0).hyphenated().fmt(f)
    }
}

impl fmt::Debug for TokenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for TokenId {
    type Err = uuid::Error;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        uuid::Uuid::try_parse(text).map(|id| Self(id.into_bytes()))
    }
}

impl Serialize for TokenId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut buffer = uuid::Uuid::encode_buffer();
        serializer.serialize_str(
            uuid::Uuid::from_bytes(self.0)
                .hyphenated()
                .encode_lower(&mut buffer),
        )
    }
}

impl<'de> Deserialize<'de> for TokenId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl serde::de::Visitor<'_> for Text {
            type Value = TokenId;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a token id (UUID)")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<TokenId, E> {
                text.parse()
                    .map_err(|_| E::invalid_value(serde::de::Unexpected::Str(text), &self))
            }
        }
        deserializer.deserialize_str(Text)
    }
}

/// The id of a grant: what an operator allowed a client at one sign-in, and the family of all tokens
/// that follow from it. A UUID version 7, like a token's.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct GrantId(pub TokenId);

impl GrantId {
    /// Returns a new id.
    #[must_use]
    pub fn generate(now: Timestamp) -> Self {
        Self(TokenId::generate(now))
    }
}

impl fmt::Display for GrantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for GrantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl FromStr for GrantId {
    type Err = uuid::Error;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn token_ids_sort_by_the_millisecond_of_issue() {
        let early = TokenId::generate(Timestamp::from_micros(1_000_000));
        let late = TokenId::generate(Timestamp::from_micros(1_001_000));
        assert!(early < late);
        assert_eq!(early.to_string().parse(), Ok(early));
        let first = TokenId::first_at(Timestamp::from_micros(1_000_999));
        assert!(first < early && TokenId::first_at(Timestamp::from_micros(1_001_000)) > early);
        let odd = Timestamp::from_micros(1_800_000_000_001_999);
        assert_eq!(
            TokenId::generate(odd).time(),
            Timestamp::from_micros(1_800_000_000_001_000)
        );
        assert_eq!(TokenId([0xff; 16]).time().as_seconds(), 281_474_976_710);
    }
}
