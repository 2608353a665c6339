//! Redirect URIs: which may be registered, and which of those that a request names lead to a
//! registered one.
//!
//! The rule is a pure function of texts, because an authorization code goes wherever it says (RFC
//! 9700, section 4.1). An exact match compares characters and interprets nothing. A same-site match
//! reads the text with the parser that browsers use.

use serde::{Deserialize, Serialize};
use url::{Host, Url};

use super::RedirectMatch;

/// The longest redirect URI (bytes).
pub const LONGEST: usize = 2_048;

/// A redirect URI as a client registered it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RedirectUri(String);

/// What kind of client registers a redirect URI.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Registrant {
    /// It has no credential (RFC 6749, section 2.1).
    pub public: bool,
    /// It may register `http` off loopback. Only confidential clients can have this
    /// (`allowInsecureRedirect`).
    pub allow_insecure: bool,
}

/// Why a redirect URI cannot be registered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RedirectUriError {
    /// It is no absolute URI in ASCII, or it is longer than [`LONGEST`].
    #[error("must be an absolute URI in ASCII of at most 2048 characters")]
    NotAUri,
    /// It has a fragment.
    #[error("must not have a fragment (#)")]
    Fragment,
    /// It has a user name, a password or an empty one of either.
    #[error("must not have a user name or password")]
    UserInfo,
    /// It has a `*`.
    #[error("must not have a *: there are no wildcards")]
    Wildcard,
    /// Its scheme is `http`, and the host is not loopback.
    #[error(
        "must be https, or http on 127.0.0.1, [::1] or localhost (a confidential client may set allowInsecureRedirect)"
    )]
    Insecure,
    /// Its scheme is none that this client may use.
    #[error(
        "must be https, or http on loopback, or for public clients a private scheme with a dot in it"
    )]
    Scheme,
    /// The host is empty, or parsers disagree about it.
    #[error("must have a host, written as a name or an address in its usual form")]
    Host,
}

impl RedirectUri {
    /// Reads what a client wants to register.
    ///
    /// # Errors
    /// Returns the first rule that the text breaks.
    pub fn register(text: &str, registrant: Registrant) -> Result<Self, RedirectUriError> {
        if text.len() > LONGEST || !is_uri(text) {
            return Err(RedirectUriError::NotAUri);
        }
        if text.contains('#') {
            return Err(RedirectUriError::Fragment);
        }
        if text.contains('*') {
            return Err(RedirectUriError::Wildcard);
        }
        let (scheme, rest) = text.split_once(':').ok_or(RedirectUriError::NotAUri)?;
        if authority(rest).is_some_and(|authority| authority.contains('@')) {
            return Err(RedirectUriError::UserInfo);
        }
        match scheme.to_ascii_lowercase().as_str() {
            "https" => usual_host(text, rest)?,
            "http" => {
                usual_host(text, rest)?;
                let insecure = registrant.allow_insecure && !registrant.public;
                if !insecure && !is_loopback(text) {
                    return Err(RedirectUriError::Insecure);
                }
            }
            other if registrant.public && is_private_scheme(other) && !rest.is_empty() => {}
            _ => return Err(RedirectUriError::Scheme),
        }
        Ok(Self(text.to_owned()))
    }

    /// Reads one that [`RedirectUri::register`] accepted before, as the database has it.
    #[must_use]
    pub fn from_registered(text: String) -> Self {
        Self(text)
    }

    /// Returns the text, as it was registered.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether `asked`, a parameter of a request, leads to this registered URI. `public` is whether
    /// the client is.
    #[must_use]
    pub fn admits(&self, asked: &str, rule: RedirectMatch, public: bool) -> bool {
        if self.0 == asked {
            return true;
        }
        match rule {
            RedirectMatch::Exact => public && differs_in_loopback_port(&self.0, asked),
            RedirectMatch::SameSite => !public && is_same_site(&self.0, asked),
        }
    }
}

/// Whether the redirect leads to an app on the user's own machine: `http` on loopback, or a private
/// scheme. It does not prove which app receives it, so consent is required every time (RFC 8252, section
/// 8.6).
#[must_use]
pub fn leads_to_a_local_app(uri: &str) -> bool {
    match uri.split_once(':') {
        Some((scheme, _)) if scheme.eq_ignore_ascii_case("https") => false,
        Some((scheme, _)) if scheme.eq_ignore_ascii_case("http") => is_loopback(uri),
        _ => true,
    }
}

/// Whether every character may stand in a URI, and each `%` begins an encoded byte (RFC 3986,
/// section 2).
pub(super) fn is_uri(text: &str) -> bool {
    let stands = |byte: u8| byte.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&byte);
    let encoded = |rest: &str| {
        let digits = rest.as_bytes().get(..2);
        digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    };
    text.bytes().all(stands) && text.split('%').skip(1).all(encoded)
}

/// Returns what stands between `//` and the path; `None` if there is no `//`. `rest` is what
/// follows the scheme's colon.
fn authority(rest: &str) -> Option<&str> {
    let rest = rest.strip_prefix("//")?;
    rest.split(['/', '?', '#', '\\']).next()
}

/// The host must be written as a parser reads it. So nothing like `127.1`, `%65xample.com` or an
/// empty host can be registered.
fn usual_host(text: &str, rest: &str) -> Result<(), RedirectUriError> {
    let authority = authority(rest).ok_or(RedirectUriError::Host)?;
    let url = Url::parse(text).map_err(|_| RedirectUriError::Host)?;
    let host = url.host_str().ok_or(RedirectUriError::Host)?;
    let port = authority
        .get(..host.len())
        .filter(|written| written.eq_ignore_ascii_case(host))
        .and_then(|_| authority.get(host.len()..))
        .ok_or(RedirectUriError::Host)?;
    let usual = port.is_empty() || port.strip_prefix(':').and_then(port_number).is_some();
    usual.then_some(()).ok_or(RedirectUriError::Host)
}

/// A port as people write it: 1 to 65535, without leading zeros.
fn port_number(text: &str) -> Option<u16> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
    digits.then(|| text.parse().ok()).flatten()
}

/// A scheme that only an app's own domain can be in, such as `com.example.app` (RFC 8252, section
/// 7.1).
fn is_private_scheme(scheme: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
    scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme.bytes().all(fits)
        && scheme.contains('.')
        && scheme.split('.').all(|label| !label.is_empty())
}

/// Splits an `http` URI on loopback into what stands before the port, the port, and the rest.
fn loopback(text: &str) -> Option<(&str, Option<&str>, &str)> {
    let rest = text.strip_prefix("http://")?;
    let host = ["127.0.0.1", "[::1]", "localhost"]
        .into_iter()
        .find(|host| rest.starts_with(host))?;
    let (before, after) = text.split_at_checked("http://".len() + host.len())?;
    let end = after.find(['/', '?']).unwrap_or(after.len());
    let (port, path) = after.split_at_checked(end)?;
    let port = match port.strip_prefix(':') {
        Some(port) => Some(port),
        None if port.is_empty() => None,
        None => return None,
    };
    Some((before, port, path))
}

fn is_loopback(text: &str) -> bool {
    loopback(text).is_some()
}

/// Native apps listen on whichever port is free (RFC 8252, section 7.3). All else must be the same,
/// the word for the host too.
fn differs_in_loopback_port(registered: &str, asked: &str) -> bool {
    let (Some(registered), Some(asked)) = (loopback(registered), loopback(asked)) else {
        return false;
    };
    let sound = asked.1.is_none_or(|port| port_number(port).is_some());
    sound && (registered.0, registered.2) == (asked.0, asked.2)
}

/// Whether `asked` is on the site of `registered`: the same host, or one of the same registrable
/// domain (public suffix list, private part included), with the same scheme and port. `https` is
/// accepted for a registered `http`. An IP address and a bare suffix are their own site.
fn is_same_site(registered: &str, asked: &str) -> bool {
    let (Some(registered), Some(asked)) = (web_url(registered), web_url(asked)) else {
        return false;
    };
    let upgraded = registered.scheme() == "http" && asked.scheme() == "https";
    if registered.scheme() != asked.scheme() && !upgraded || registered.port() != asked.port() {
        return false;
    }
    let site = |url: &Url| match url.host() {
        Some(Host::Domain(name)) => psl::domain_str(name).map(str::to_owned),
        _ => None,
    };
    registered.host() == asked.host()
        || site(&registered).is_some_and(|domain| Some(domain) == site(&asked))
}

/// Reads an `http` or `https` URL as browsers do, unless other parsers could read another host from
/// it.
fn web_url(text: &str) -> Option<Url> {
    let sound = text.len() <= LONGEST
        && text.bytes().all(|byte| byte.is_ascii_graphic())
        && !text.contains(['\\', '#']);
    if !sound {
        return None;
    }
    let (scheme, rest) = text.split_once(':')?;
    let authority = authority(rest)?;
    if authority.is_empty() || authority.contains('@') {
        return None;
    }
    let url = Url::parse(text).ok()?;
    let web =
        ["http", "https"].contains(&url.scheme()) && scheme.eq_ignore_ascii_case(url.scheme());
    let trailing_dot = url.host_str().is_none_or(|host| host.ends_with('.'));
    (web && !trailing_dot).then_some(url)
}

#[cfg(test)]
mod tests;
