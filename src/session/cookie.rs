//! The cookie that identifies a browser (RFC 6265).

use super::draw_cookie::{self, Drawn};
use crate::base::Digest;

/// The cookie's name if the issuer is `https`. Browsers accept this prefix only with `Secure`, with
/// `Path=/` and without `Domain`, so no other host can plant one (RFC 6265bis, section 4.1.3.2).
const SECURE: &str = "__Host-lanyard_session";

/// The cookie's name if the issuer is `http`, which is a loopback address.
const LOCAL: &str = "lanyard_session";

/// The value of a browser's cookie: 43 characters of base64url.
#[derive(Clone)]
pub struct Browser(Drawn);

impl std::fmt::Debug for Browser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Browser(…)")
    }
}

impl Browser {
    /// Draws the value of a new cookie.
    #[must_use]
    pub fn draw() -> Self {
        Self(Drawn::new())
    }

    /// Returns the cookie among the `Cookie` headers of a request. `None` if there is none, or if
    /// it does not have the form of one that was drawn here.
    pub fn read<'a>(headers: impl Iterator<Item = &'a str>, issuer: &str) -> Option<Self> {
        Drawn::read(headers, name(issuer)).map(Self)
    }

    /// Returns the value, from which the tokens of forms are derived.
    #[must_use]
    pub fn value(&self) -> &str {
        self.0.text()
    }

    /// Returns the digest of the value. The database has the digest only.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.0.digest()
    }

    /// Returns the `Set-Cookie` header. The browser keeps the cookie until the browser is closed.
    #[must_use]
    pub fn set_cookie(&self, issuer: &str) -> String {
        draw_cookie::set_cookie(name(issuer), self.value(), is_secure(issuer))
    }
}

fn is_secure(issuer: &str) -> bool {
    !issuer.starts_with("http://")
}

fn name(issuer: &str) -> &'static str {
    if is_secure(issuer) { SECURE } else { LOCAL }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HTTPS: &str = "https://id.example.com";
    const HTTP: &str = "http://localhost:8080";

    #[test]
    fn a_cookie_comes_back_as_it_was_set() {
        for (issuer, name) in [(HTTPS, "__Host-lanyard_session"), (HTTP, "lanyard_session")] {
            let browser = Browser::draw();
            let set = browser.set_cookie(issuer);
            let (pair, attributes) = set.split_once("; ").unwrap();
            assert_eq!(pair, format!("{name}={}", browser.value()));
            assert_eq!(browser.value().len(), 43);
            assert_eq!(attributes.contains("Secure"), issuer == HTTPS);
            assert!(attributes.starts_with("Path=/; HttpOnly; SameSite=Lax"));
            assert!(!attributes.contains("Domain"));
            let header = format!("a=b; {pair}; c=d");
            let read = Browser::read([header.as_str()].into_iter(), issuer).unwrap();
            assert_eq!(read.value(), browser.value());
            assert_eq!(format!("{read:?}"), "Browser(…)");
        }
    }

    #[test]
    fn a_cookie_of_another_form_or_name_is_none() {
        let value = Browser::draw().value().to_owned();
        for (sent, issuer) in [
            (String::new(), HTTP),
            (format!("lanyard_session={value}"), HTTPS),
            (format!("__Host-lanyard_session={value}"), HTTP),
            ("lanyard_session=".to_owned(), HTTP),
            ("lanyard_session=abc".to_owned(), HTTP),
            (format!("lanyard_session={value}A"), HTTP),
            (format!("lanyard_session=\"{value}\""), HTTP),
        ] {
            assert!(
                Browser::read([sent.as_str()].into_iter(), issuer).is_none(),
                "{sent}"
            );
        }
    }
}
