//! The cookies of the console (RFC 6265).

use crate::base::Digest;
use crate::session::draw_cookie::{self, Drawn};

/// The cookies of the console.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CookieName {
    /// It identifies a session.
    Session,
    /// It identifies a session on the pages of the platform.
    PlatformSession,
    /// Before the sign-in, the token of the form belongs to it.
    BeforeSignIn,
}

impl CookieName {
    /// Returns the name. Browsers accept the prefix only with `Secure`, with `Path=/` and without
    /// `Domain`, so no other host can plant such a cookie (RFC 6265bis, section 4.1.3.2).
    #[must_use]
    pub const fn text(self, is_https: bool) -> &'static str {
        match (self, is_https) {
            (Self::Session, true) => "__Host-lanyard_console",
            (Self::Session, false) => "lanyard_console",
            (Self::PlatformSession, true) => "__Host-lanyard_platform",
            (Self::PlatformSession, false) => "lanyard_platform",
            (Self::BeforeSignIn, true) => "__Host-lanyard_pre",
            (Self::BeforeSignIn, false) => "lanyard_pre",
        }
    }
}

/// The value of a cookie: 43 characters of base64url.
#[derive(Clone)]
pub struct Cookie(Drawn);

impl std::fmt::Debug for Cookie {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Cookie(…)")
    }
}

impl Cookie {
    /// Draws the value of a new cookie.
    #[must_use]
    pub fn draw() -> Self {
        Self(Drawn::new())
    }

    /// Returns the cookie among the `Cookie` headers of a request. `None` if there is none, or if
    /// it does not have the form of one that was drawn here.
    pub fn read<'a>(
        headers: impl Iterator<Item = &'a str>,
        name: CookieName,
        is_https: bool,
    ) -> Option<Self> {
        Drawn::read(headers, name.text(is_https)).map(Self)
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
    pub fn set(&self, name: CookieName, is_https: bool) -> String {
        draw_cookie::set_cookie(name.text(is_https), self.value(), is_https)
    }

    /// Returns the `Set-Cookie` header that removes a cookie.
    #[must_use]
    pub fn removed(name: CookieName, is_https: bool) -> String {
        let empty = draw_cookie::set_cookie(name.text(is_https), "", is_https);
        format!("{empty}; Max-Age=0")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_comes_back_as_it_was_set() {
        for is_https in [true, false] {
            let cookie = Cookie::draw();
            let set = cookie.set(CookieName::Session, is_https);
            let (pair, attributes) = set.split_once("; ").unwrap();
            assert_eq!(attributes.contains("Secure"), is_https);
            assert!(attributes.starts_with("Path=/; HttpOnly; SameSite=Lax"));
            let read = |name, is_https| Cookie::read([pair].into_iter(), name, is_https);
            let back = read(CookieName::Session, is_https).unwrap();
            assert_eq!(back.value(), cookie.value());
            assert!(read(CookieName::BeforeSignIn, is_https).is_none());
            assert!(read(CookieName::PlatformSession, is_https).is_none());
            assert!(read(CookieName::Session, !is_https).is_none());
            assert_eq!(format!("{back:?}"), "Cookie(…)");
        }
    }

    #[test]
    fn what_was_not_drawn_here_is_no_cookie() {
        for value in ["", "abc", &"A".repeat(44), "\"A\""] {
            let sent = format!("lanyard_console={value}");
            let read = Cookie::read([sent.as_str()].into_iter(), CookieName::Session, false);
            assert!(read.is_none(), "{value}");
        }
    }
}
