//! The resource of a rule: a URL that access tokens name in `aud`, and where its description is
//! (RFC 9728).

use crate::access::original::normal_host;

/// What stands between the host and the path of a resource in the URL of its description (RFC
/// 9728, section 3.1).
pub const WELL_KNOWN: &str = "/.well-known/oauth-protected-resource";

/// The resource of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource {
    uri: Box<str>,
    host: Box<str>,
    /// The path, without a final `/`.
    path: Box<str>,
    /// The URL of its description.
    metadata: Box<str>,
}

impl Resource {
    /// Reads a resource. `None` if the text is no absolute URL of http or https, has a query, a
    /// fragment or user information, or has characters that no header may have.
    #[must_use]
    pub fn read(uri: &str) -> Option<Self> {
        let visible = |byte: u8| byte.is_ascii_graphic() && !b"\"\\?#".contains(&byte);
        if uri.len() > 2_048 || !uri.bytes().all(visible) {
            return None;
        }
        let (scheme, rest) = uri.split_once("://")?;
        if !["https", "http"].contains(&scheme) {
            return None;
        }
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let host = normal_host(authority)?;
        let path = path.strip_suffix('/').unwrap_or(path);
        Some(Self {
            uri: uri.into(),
            host: (*host).into(),
            path: path.into(),
            metadata: format!("{scheme}://{authority}{WELL_KNOWN}{path}").into(),
        })
    }

    /// Returns the URL as it is written in the rules, and in `aud`.
    #[must_use]
    pub fn uri(&self) -> &str {
        &self.uri
    }

    /// Returns the URL of its description.
    #[must_use]
    pub fn metadata_url(&self) -> &str {
        &self.metadata
    }

    /// Whether its description is at this path behind [`WELL_KNOWN`] of this host.
    #[must_use]
    pub fn is_described_at(&self, host: &str, path: &str) -> bool {
        *self.host == *host && *self.path == *path.strip_suffix('/').unwrap_or(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resource_is_described_beside_its_path() {
        for (uri, metadata, path) in [
            (
                "https://api.example.com/",
                "https://api.example.com/.well-known/oauth-protected-resource",
                "",
            ),
            (
                "https://Api.example.com:8443/mcp",
                "https://Api.example.com:8443/.well-known/oauth-protected-resource/mcp",
                "/mcp",
            ),
        ] {
            let resource = Resource::read(uri).unwrap();
            assert_eq!((resource.uri(), resource.metadata_url()), (uri, metadata));
            assert!(resource.is_described_at("api.example.com", path));
            assert!(resource.is_described_at("api.example.com", &format!("{path}/")));
            assert!(!resource.is_described_at("api.example.org", path));
            assert!(!resource.is_described_at("api.example.com", "/other"));
        }
    }

    #[test]
    fn what_is_no_resource() {
        for uri in [
            "",
            "api.example.com",
            "ftp://api.example.com/",
            "https:///x",
            "https://user@api.example.com/",
            "https://api.example.com/?a",
            "https://api.example.com/#a",
            "https://api.example.com/\"",
            "https://api.example.com/đ",
        ] {
            assert_eq!(Resource::read(uri), None, "{uri}");
        }
    }
}
