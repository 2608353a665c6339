//! The original request: the one that a proxy received and asks about, as the proxy describes it.

mod host;
mod path;

pub use host::normal_host;
pub use path::{LONGEST_PATH, NormalPath, PathError};

use std::borrow::Cow;

/// Why the description of a request is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OriginalError {
    /// The method is no token (RFC 9110, section 9.1).
    #[error("the method is not a token, such as GET")]
    Method,
    /// The scheme is neither http nor https.
    #[error("the scheme is neither http nor https")]
    Scheme,
    /// The host is neither a name nor an address.
    #[error("the host is not a name or an address, with or without a port")]
    Host,
    /// The path is refused.
    #[error("the path is refused: {0}")]
    Path(#[from] PathError),
}

/// The original request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Original<'a> {
    /// The method.
    pub method: &'a str,
    /// Whether the client reached the proxy by https.
    pub is_https: bool,
    /// The host and port as they were sent.
    pub authority: &'a str,
    /// The host that rules are compared with.
    pub host: Cow<'a, str>,
    /// Path and query as they were sent.
    pub target: &'a [u8],
    /// The path that rules are compared with.
    pub path: NormalPath<'a>,
}

impl<'a> Original<'a> {
    /// Reads a request from its parts.
    ///
    /// # Errors
    /// Returns the [`OriginalError`].
    pub fn read(
        method: &'a [u8],
        scheme: &[u8],
        authority: &'a [u8],
        target: &'a [u8],
    ) -> Result<Self, OriginalError> {
        let method = std::str::from_utf8(method).ok().filter(|m| is_method(m));
        let authority = std::str::from_utf8(authority).map_err(|_| OriginalError::Host)?;
        Ok(Self {
            method: method.ok_or(OriginalError::Method)?,
            is_https: is_https(scheme).ok_or(OriginalError::Scheme)?,
            authority,
            host: normal_host(authority).ok_or(OriginalError::Host)?,
            target,
            path: NormalPath::read(target)?,
        })
    }

    /// Reads a request from its method and its absolute URL.
    ///
    /// # Errors
    /// Returns the [`OriginalError`].
    pub fn of_url(method: &'a [u8], url: &'a [u8]) -> Result<Self, OriginalError> {
        let end = url.iter().position(|byte| *byte == b':');
        let (scheme, rest) = url.split_at(end.ok_or(OriginalError::Scheme)?);
        let rest = rest.strip_prefix(b"://").ok_or(OriginalError::Host)?;
        let end = rest.iter().position(|byte| b"/?#".contains(byte));
        let (authority, target) = rest.split_at(end.unwrap_or(rest.len()));
        Self::read(method, scheme, authority, target)
    }

    /// Returns the scheme.
    #[must_use]
    pub const fn scheme(&self) -> &'static str {
        if self.is_https { "https" } else { "http" }
    }
}

/// Whether a text is a method (RFC 9110, section 9.1): a token.
#[must_use]
pub(in crate::access) fn is_method(text: &str) -> bool {
    let of_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    (1..=32).contains(&text.len()) && text.bytes().all(of_token)
}

/// Some proxies write the scheme of a `WebSocket`.
fn is_https(scheme: &[u8]) -> Option<bool> {
    let is = |word: &str| scheme.eq_ignore_ascii_case(word.as_bytes());
    if is("https") || is("wss") {
        Some(true)
    } else if is("http") || is("ws") {
        Some(false)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_from_its_parts_and_from_its_url() {
        let parts = Original::read(
            b"GET",
            b"HTTPS",
            b"Api.example.com:443",
            b"/v1/orders?a=%2f",
        );
        let url = Original::of_url(b"GET", b"https://Api.example.com:443/v1/orders?a=%2f");
        assert_eq!(parts, url);
        let original = parts.unwrap();
        assert_eq!(
            (
                original.method,
                original.scheme(),
                &*original.host,
                original.target
            ),
            (
                "GET",
                "https",
                "api.example.com",
                b"/v1/orders?a=%2f".as_slice()
            )
        );
        assert!(!Original::of_url(b"GET", b"ws://a/").unwrap().is_https);
    }

    #[test]
    fn what_is_refused() {
        use OriginalError as E;
        let parts = |method: &str, scheme: &str, host: &str, target: &str| {
            let bytes = [method, scheme, host, target].map(|text| text.as_bytes().to_vec());
            let [method, scheme, host, target] = &bytes;
            Original::read(method, scheme, host, target).map(|_| ())
        };
        for (parts, expected) in [
            (parts("", "https", "a", "/"), E::Method),
            (parts("GET /", "https", "a", "/"), E::Method),
            (parts("GET", "", "a", "/"), E::Scheme),
            (parts("GET", "https, http", "a", "/"), E::Scheme),
            (parts("GET", "https", "", "/"), E::Host),
            (parts("GET", "https", "a, b", "/"), E::Host),
            (
                parts("GET", "https", "a", ""),
                E::Path(PathError::NotAbsolute),
            ),
        ] {
            assert_eq!(parts, Err(expected));
        }
        for (url, expected) in [
            ("/v1/orders", E::Scheme),
            ("https:/v1/orders", E::Host),
            ("https://", E::Host),
            ("https://user@a/", E::Host),
            ("https://a", E::Path(PathError::NotAbsolute)),
            ("https://a?/", E::Path(PathError::NotAbsolute)),
            ("ftp://a/", E::Scheme),
        ] {
            assert_eq!(
                Original::of_url(b"GET", url.as_bytes()),
                Err(expected),
                "{url}"
            );
        }
    }
}
