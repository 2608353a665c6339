//! What the forms of the console send.

use std::fmt;

use actix_web::HttpRequest;
use secrecy::SecretString;

use crate::http::{ApiError, Body, is_form, is_plain, pairs};

/// Fields whose values are not kept when a form has to wait for a sign-in: secrets, and the lines of a
/// table, which may be many.
const SECRET: &[&str] = &[
    "csrf", "password", "code", "recovery", "current", "new", "token", "secret", "sealed", "rows",
];

/// The fields of a form, in their order. Empty ones are left out. A GET has none.
#[derive(Default, Clone)]
pub(crate) struct Sent(Vec<(String, String)>);

impl fmt::Debug for Sent {
    /// Shows no values: some are secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.0.iter().map(|(name, _)| name);
        f.debug_list().entries(names).finish()
    }
}

impl Body for Sent {
    const LIMIT: Option<usize> = Some(64 * 1024);

    fn parse(request: &HttpRequest, bytes: &[u8]) -> Result<Self, ApiError> {
        if bytes.is_empty() {
            return Ok(Self::default());
        }
        if !is_plain(request) {
            return Err(ApiError::unsupported_encoding());
        }
        if !is_form(request) {
            return Err(ApiError::not_a_form());
        }
        pairs(bytes, |_| true).map(Self)
    }
}

impl Sent {
    /// Returns the fields of a form that was sealed.
    pub(super) fn of(fields: Vec<(String, String)>) -> Self {
        Self(fields)
    }

    /// Returns the fields that may be sealed.
    pub(super) fn kept(&self) -> Vec<(String, String)> {
        let kept = self.0.iter();
        kept.filter(|(name, _)| !SECRET.contains(&name.as_str()))
            .filter(|(name, _)| name != "do" && name != "resume")
            .cloned()
            .collect()
    }

    /// Returns the other fields.
    pub(super) fn without(&self, name: &str) -> Self {
        let others = self.0.iter().filter(|(known, _)| known != name);
        Self(others.cloned().collect())
    }

    /// Returns the first value of a field; empty if there is none.
    pub(crate) fn text(&self, name: &str) -> &str {
        let found = self.0.iter().find(|(known, _)| known == name);
        found.map_or("", |(_, value)| value.as_str())
    }

    /// Returns the first value of a field without the white space around it. `None` if it is empty.
    pub(crate) fn optional(&self, name: &str) -> Option<String> {
        let text = self.text(name).trim();
        (!text.is_empty()).then(|| text.to_owned())
    }

    /// Returns all values of a field.
    pub(crate) fn all(&self, name: &str) -> Vec<String> {
        let found = self.0.iter().filter(|(known, _)| known == name);
        found.map(|(_, value)| value.clone()).collect()
    }

    /// Returns the value of a secret field. `None` if it is empty.
    pub(crate) fn secret(&self, name: &str) -> Option<SecretString> {
        let text = self.text(name);
        (!text.is_empty()).then(|| SecretString::from(text))
    }

    /// Whether a box is ticked.
    pub(crate) fn is_ticked(&self, name: &str) -> bool {
        self.text(name) == "1"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_not_kept() {
        let pair = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        let fields = [
            ("name", "Olga"),
            ("password", "x"),
            ("do", "create"),
            ("scope", "read"),
            ("scope", "write"),
        ];
        let sent = Sent::of(fields.map(pair).to_vec());
        let kept = [("name", "Olga"), ("scope", "read"), ("scope", "write")].map(pair);
        assert_eq!(sent.kept(), kept);
        assert_eq!(sent.all("scope"), ["read", "write"]);
        assert_eq!(sent.optional("email"), None);
        let shown = r#"["name", "password", "do", "scope", "scope"]"#;
        assert_eq!(format!("{sent:?}"), shown);
    }
}
