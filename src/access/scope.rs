//! Scopes: their names, sets of them, and when one covers another.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The longest name (bytes).
const LONGEST: usize = 64;

/// The name of a scope: `[a-z][a-z0-9._:-]{0,63}`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Scope(Box<str>);

/// A text that is no scope here, or a scope that may not be asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidScope(pub String);

impl fmt::Display for InvalidScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the scope {} is not allowed", self.0)
    }
}

impl std::error::Error for InvalidScope {}

impl Scope {
    /// Covers every scope.
    pub const ADMIN: &'static str = "admin";

    /// Allows to verify API keys.
    pub const KEYS_VERIFY: &'static str = "keys:verify";

    /// Asks for an ID token (OpenID Connect Core, section 3.1.2.1).
    pub const OPENID: &'static str = "openid";

    /// Allowed, and changes nothing: refresh tokens go by the grant.
    pub const OFFLINE_ACCESS: &'static str = "offline_access";

    /// The scopes of OpenID Connect. They say what a client learns of an operator, not what it may
    /// do, so every organization has them and no role limits them.
    pub const IDENTITY: [&'static str; 4] =
        [Self::OPENID, "profile", "email", Self::OFFLINE_ACCESS];

    /// Those that every organization has, and that cannot be changed.
    pub const ALWAYS: [&'static str; 2] = [Self::ADMIN, Self::KEYS_VERIFY];

    /// Returns the name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is one of [`Scope::IDENTITY`].
    #[must_use]
    pub fn is_identity(&self) -> bool {
        Self::IDENTITY.contains(&self.as_str())
    }
}

/// Whether a text is `[a-z][a-z0-9._:-]{0,63}`: the form of scopes, and of roles that are defined.
#[must_use]
pub fn is_name(text: &str) -> bool {
    let fits =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._:-".contains(&byte);
    text.len() <= LONGEST
        && text.starts_with(|first: char| first.is_ascii_lowercase())
        && text.bytes().all(fits)
}

impl FromStr for Scope {
    type Err = InvalidScope;

    fn from_str(text: &str) -> Result<Self, InvalidScope> {
        if is_name(text) {
            Ok(Self(text.into()))
        } else {
            Err(InvalidScope(text.chars().take(LONGEST).collect()))
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// A set of scopes, sorted by name. Its text has one space between two names (RFC 6749, section
/// 3.3). A clone costs no allocation: each request with an API key takes some.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct ScopeSet(Arc<BTreeSet<Scope>>);

impl ScopeSet {
    /// Reads a `scope` parameter. The order of names, a name twice and the number of spaces make no
    /// difference.
    ///
    /// # Errors
    /// Returns the first name that cannot be a scope.
    pub fn parse(text: &str) -> Result<Self, InvalidScope> {
        let names = text.split(' ').filter(|name| !name.is_empty());
        names.map(str::parse::<Scope>).collect()
    }

    /// Whether the set names this scope. `admin` names only itself.
    #[must_use]
    pub fn names(&self, scope: &str) -> bool {
        self.0.iter().any(|held| held.as_str() == scope)
    }

    /// Whether the set covers a scope: it names it, or names `admin`, which covers every scope.
    /// Nothing else implies anything.
    #[must_use]
    pub fn covers(&self, scope: &str) -> bool {
        self.names(scope) || self.names(Scope::ADMIN)
    }

    /// Returns the scopes of each side that the other side covers. So `admin` on one side leaves
    /// the other side as it is.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        let covered = |of: &Self, by: &Self| {
            let kept = of.iter().filter(|scope| by.covers(scope.as_str()));
            kept.cloned().collect::<Vec<_>>()
        };
        let both = [covered(self, other), covered(other, self)];
        both.into_iter().flatten().collect()
    }

    /// Returns the scopes of this set for which `keep` answers true.
    #[must_use]
    pub fn filter(&self, mut keep: impl FnMut(&Scope) -> bool) -> Self {
        self.iter().filter(|scope| keep(scope)).cloned().collect()
    }

    /// Returns the scopes of this set that `other` does not name.
    #[must_use]
    pub fn missing_from(&self, other: &Self) -> Self {
        self.filter(|scope| !other.0.contains(scope))
    }

    /// Whether `other` names every scope of this set.
    #[must_use]
    pub fn is_within(&self, other: &Self) -> bool {
        self.0.is_subset(&other.0)
    }

    /// Returns all scopes of both.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        self.iter().chain(other.iter()).cloned().collect()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The scopes, by name.
    pub fn iter(&self) -> impl Iterator<Item = &Scope> {
        self.0.iter()
    }
}

impl FromIterator<Scope> for ScopeSet {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        Self(Arc::new(scopes.into_iter().collect()))
    }
}

impl fmt::Display for ScopeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, scope) in self.0.iter().enumerate() {
            let space = if place == 0 { "" } else { " " };
            write!(f, "{space}{scope}")?;
        }
        Ok(())
    }
}

/// As an array of names.
impl Serialize for ScopeSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(Scope::as_str))
    }
}

impl<'de> Deserialize<'de> for ScopeSet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let names = Vec::<String>::deserialize(deserializer)?;
        let scopes: Result<Self, InvalidScope> = names.iter().map(|name| name.parse()).collect();
        scopes.map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn set(text: &str) -> ScopeSet {
        ScopeSet::parse(text).unwrap()
    }

    #[test]
    fn a_name_has_small_letters_digits_and_four_signs() {
        let longest = format!("a{}", "0".repeat(63));
        for name in [
            "read",
            "write:purchase-requests",
            "a",
            "x.y_z-9:a",
            "offline_access",
            &longest,
        ] {
            assert_eq!(name.parse::<Scope>().unwrap().as_str(), name);
        }
        for name in [
            "",
            "Read",
            "1read",
            ":x",
            "re ad",
            "r\"ead",
            "läs",
            &format!("{longest}0"),
        ] {
            assert!(name.parse::<Scope>().is_err(), "{name}");
        }
    }

    #[test]
    fn admin_covers_all_and_nothing_else_implies_anything() {
        assert!(set("admin").covers("read"));
        assert!(!set("admin").names("read"));
        assert!(!set("write").covers("read"));
        assert!(!set("read").covers("admin"));
        assert!(!set("").covers("read"));
    }

    #[test]
    fn in_an_intersection_a_scope_stays_if_the_other_side_covers_it() {
        for (one, other, both) in [
            ("read write", "write analytics", "write"),
            ("admin", "read", "read"),
            ("admin", "admin read", "admin read"),
            ("read", "", ""),
            ("admin", "", ""),
        ] {
            assert_eq!(
                set(one).intersection(&set(other)),
                set(both),
                "{one}, {other}"
            );
            assert_eq!(
                set(other).intersection(&set(one)),
                set(both),
                "{other}, {one}"
            );
        }
    }

    proptest! {
        #[test]
        fn a_set_is_read_back_from_its_text(text in "[a-d :]{0,20}") {
            if let Ok(scopes) = ScopeSet::parse(&text) {
                prop_assert_eq!(&ScopeSet::parse(&scopes.to_string()).unwrap(), &scopes);
                let json = serde_json::to_string(&scopes).unwrap();
                prop_assert_eq!(&serde_json::from_str::<ScopeSet>(&json).unwrap(), &scopes);
                prop_assert!(scopes.is_within(&scopes) && scopes.missing_from(&scopes).is_empty());
            }
        }

        #[test]
        fn an_intersection_covers_what_both_cover(
            one in prop::sample::subsequence(vec!["admin", "a", "b", "c"], 0..=4),
            other in prop::sample::subsequence(vec!["admin", "a", "b", "c"], 0..=4),
        ) {
            let (one, other) = (set(&one.join(" ")), set(&other.join(" ")));
            let both = one.intersection(&other);
            for scope in ["admin", "a", "b", "c", "d"] {
                let naive = one.covers(scope) && other.covers(scope);
                prop_assert_eq!(both.covers(scope), naive, "{} of {} and {}", scope, one, other);
            }
        }
    }
}
