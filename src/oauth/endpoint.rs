//! The endpoint that a request was sent to, as clients name it in what they sign.

use super::paths;

/// An endpoint. Its URL follows from the configured issuer; the `Host` header has no effect on it.
#[derive(Debug, Clone, Copy)]
pub struct Endpoint<'a> {
    /// `oauth.issuer`.
    pub issuer: &'a str,
    /// The path that was called.
    pub path: &'a str,
}

impl Endpoint<'_> {
    /// Returns the URL that was called.
    #[must_use]
    pub fn url(&self) -> String {
        format!("{}{}", self.issuer, self.path)
    }

    /// Whether an assertion for this audience is meant for the endpoint: the issuer, the token
    /// endpoint, or the URL that was called (RFC 7523, section 3; RFC 9126, section 2).
    #[must_use]
    pub fn is_meant_by(&self, audience: &str) -> bool {
        let path = audience.strip_prefix(self.issuer);
        path.is_some_and(|path| path.is_empty() || path == paths::TOKEN || path == self.path)
    }
}
