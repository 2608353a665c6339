//! What a signature can cover of a request.

/// The fields of a request.
pub trait Fields {
    /// Returns the lines of a field in the order in which they were sent. `name` is in lower case.
    fn lines(&self, name: &str) -> Vec<&[u8]>;
}

/// A request as it was sent.
#[derive(Clone, Copy)]
pub struct Message<'a> {
    /// The method.
    pub method: &'a str,
    /// The scheme, in lower case: `https` if the client used TLS.
    pub scheme: &'a str,
    /// Host and port. `None` if the request names none, or more than one.
    pub authority: Option<&'a str>,
    /// Path and query, byte for byte as sent.
    pub path_and_query: &'a str,
    /// The target of the request line, byte for byte as sent (RFC 9112, section 3.2). It is
    /// `path_and_query`, or an absolute URI.
    pub request_target: &'a str,
    /// The fields.
    pub fields: &'a dyn Fields,
    /// Whether the head says that there is a body that is not empty.
    pub has_body: bool,
}

impl Message<'_> {
    /// Returns the path and the query, which is `None` if there is no question mark.
    pub(super) fn split(&self) -> (&str, Option<&str>) {
        match self.path_and_query.split_once('?') {
            None => (self.path_and_query, None),
            Some((path, query)) => (path, Some(query)),
        }
    }

    /// Returns host and port as they are signed: in lower case, without the default port (RFC 9421,
    /// section 2.2.3). `None` if they have a character that no host has: a slash would make two
    /// requests look like one.
    pub(super) fn normal_authority(&self) -> Option<String> {
        let authority = self.authority?.to_ascii_lowercase();
        let may = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:[]%!$&'()*+,;=".contains(&byte);
        if authority.is_empty() || !authority.bytes().all(may) {
            return None;
        }
        let default = match self.scheme {
            "https" => ":443",
            _ => ":80",
        };
        let host = authority
            .strip_suffix(default)
            .or_else(|| authority.strip_suffix(':'));
        Some(match host {
            Some(host) => host.to_owned(),
            None => authority,
        })
    }
}
