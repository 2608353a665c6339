//! The tokens that an exchanged access token comes from (RFC 8693). An entry that revokes one of
//! them revokes the exchanged token too, so each token carries their names, and a node needs nothing
//! else to judge it.

use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::base::{ClientTag, KeyId, TokenId};

/// How often a token may be exchanged, one exchange after the other.
pub const MOST_EXCHANGES: usize = 5;

/// A token that was exchanged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ancestor {
    /// Its id.
    pub jti: TokenId,
    /// The client that it was issued to.
    pub client: ClientTag,
    /// The key that signed it. `None` if it is opaque.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kid: Option<KeyId>,
}

/// The tokens that a token comes from, the first one first. Nearly every token comes from none,
/// and then this takes no allocation.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Lineage(Option<Arc<[Ancestor]>>);

impl Lineage {
    /// The lineage of a token that was not exchanged.
    pub const NONE: Self = Self(None);

    /// Returns the lineage of a token that `subject`, whose lineage this is, is exchanged for.
    /// `None` if the subject was exchanged [`MOST_EXCHANGES`] times already.
    #[must_use]
    pub fn with(&self, subject: Ancestor) -> Option<Self> {
        let mut all = self.ancestors().to_vec();
        all.push(subject);
        (all.len() <= MOST_EXCHANGES).then(|| Self(Some(all.into())))
    }

    /// Returns the tokens.
    #[must_use]
    pub fn ancestors(&self) -> &[Ancestor] {
        self.0.as_deref().unwrap_or_default()
    }

    /// Returns the token that was exchanged for this one. `None` if this one was not exchanged.
    #[must_use]
    pub fn subject(&self) -> Option<TokenId> {
        self.ancestors().last().map(|last| last.jti)
    }

    /// Whether the token was not exchanged.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_none()
    }
}

impl Serialize for Lineage {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.ancestors())
    }
}

impl<'de> Deserialize<'de> for Lineage {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let all = Vec::<Ancestor>::deserialize(deserializer)?;
        match all.len() {
            0 => Ok(Self::NONE),
            1..=MOST_EXCHANGES => Ok(Self(Some(all.into()))),
            _ => Err(serde::de::Error::custom("too many exchanges")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn ancestor(n: u8, kid: Option<&str>) -> Ancestor {
        Ancestor {
            jti: TokenId([n; 16]),
            client: ClientTag(n.into()),
            kid: kid.map(|kid| kid.parse().unwrap()),
        }
    }

    #[test]
    fn a_token_is_exchanged_five_times_and_no_more() {
        let mut lineage = Lineage::NONE;
        for n in 1..=5 {
            lineage = lineage.with(ancestor(n, None)).unwrap();
            assert_eq!(lineage.subject(), Some(TokenId([n; 16])));
            assert_eq!(lineage.ancestors().len(), usize::from(n));
        }
        assert_eq!(lineage.with(ancestor(6, None)), None);
    }

    #[test]
    fn a_lineage_is_read_as_it_was_written() {
        let lineage = Lineage::NONE.with(ancestor(1, Some("k1k2k3k4k5k6")));
        let lineage = lineage.unwrap().with(ancestor(2, None)).unwrap();
        let value = serde_json::to_value(&lineage).unwrap();
        assert_eq!(
            value,
            json!([
                {"jti": "01010101-0101-0101-0101-010101010101", "client": 1, "kid": "k1k2k3k4k5k6"},
                {"jti": "02020202-0202-0202-0202-020202020202", "client": 2},
            ])
        );
        assert_eq!(serde_json::from_value::<Lineage>(value).unwrap(), lineage);
        assert_eq!(
            serde_json::from_str::<Lineage>("[]").unwrap(),
            Lineage::NONE
        );
        let six = json!(vec![ancestor(1, None); 6]);
        assert!(serde_json::from_value::<Lineage>(six).is_err());
    }
}
