//! The audience of a token.

use serde::{Deserialize, Serialize};

/// The resources that accept a token. One value is a text, several are an array (RFC 7519, section
/// 4.1.3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Audience {
    /// One value, as a text.
    One(String),
    /// Several values, as an array.
    Many(Vec<String>),
}

impl Audience {
    /// Returns the audience of a token: the resources that were asked for, else the issuer.
    #[must_use]
    pub fn of(resources: &[String], issuer: &str) -> Self {
        match resources {
            [] => Self::One(issuer.to_owned()),
            [only] => Self::One(only.clone()),
            several => Self::Many(several.to_vec()),
        }
    }

    /// Returns the values.
    #[must_use]
    pub const fn values(&self) -> &[String] {
        match self {
            Self::One(only) => std::slice::from_ref(only),
            Self::Many(several) => several.as_slice(),
        }
    }

    /// Whether the value is one of them.
    #[must_use]
    pub fn contains(&self, value: &str) -> bool {
        match self {
            Self::One(only) => only == value,
            Self::Many(several) => several.iter().any(|one| one == value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn one_audience_is_a_text_and_several_are_an_array() {
        let list = |texts: &[&str]| {
            texts
                .iter()
                .map(|text| (*text).to_owned())
                .collect::<Vec<_>>()
        };
        for (resources, expected) in [
            (list(&[]), json!("iss")),
            (list(&["a"]), json!("a")),
            (list(&["a", "b"]), json!(["a", "b"])),
        ] {
            let audience = Audience::of(&resources, "iss");
            assert_eq!(serde_json::to_value(&audience).unwrap(), expected);
            assert_eq!(audience.contains("a"), !resources.is_empty());
            assert_eq!(audience.contains("iss"), resources.is_empty());
        }
    }
}
