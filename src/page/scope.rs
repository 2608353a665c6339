//! What scopes are called for people.

use super::Language;

/// A scope as it is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scope<'a> {
    /// Its name, such as `read`.
    pub name: &'a str,
    /// What the organization says of it; `None` if it says nothing.
    pub description: Option<&'a str>,
}

/// A scope as a page shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScopeLine {
    /// Its name.
    pub name: String,
    /// What it allows: our own words, else the organization's. `None` if there are none but the
    /// name.
    pub words: Option<String>,
}

impl Scope<'_> {
    /// Returns the line that says in words what the scope allows. Scopes that mean the same
    /// everywhere have words of ours in every language; others have the organization's description.
    #[must_use]
    pub fn line(&self, language: Language) -> ScopeLine {
        let message = match self.name {
            "openid" => Some("scope-openid"),
            "profile" => Some("scope-profile"),
            "email" => Some("scope-email"),
            "offline_access" => Some("scope-offline-access"),
            "read" => Some("scope-read"),
            "write" => Some("scope-write"),
            "admin" => Some("scope-admin"),
            _ => None,
        };
        let own = message.map(|id| language.text(id));
        let described = self
            .description
            .map(str::trim)
            .filter(|text| !text.is_empty());
        ScopeLine {
            name: self.name.to_owned(),
            words: own.or_else(|| described.map(str::to_owned)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_scope_has_our_words_and_another_its_own() {
        let words = |name, description| Scope { name, description }.line(Language::English).words;
        assert_eq!(
            words("read", Some("Reads")).unwrap(),
            "See your organization’s data"
        );
        assert_eq!(
            words("rfq:write", Some("Send quotes")).unwrap(),
            "Send quotes"
        );
        assert_eq!(words("rfq:write", Some("  ")), None);
        assert_eq!(words("rfq:write", None), None);
    }
}
