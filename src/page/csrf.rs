//! The token that a form carries against requests forged by other sites.

use std::fmt;

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The purpose that is signed, so that no other use of the cookie's value yields the same text.
const PURPOSE: &[u8] = b"lanyard form 1";

/// The shortest value of a session cookie, in bytes, that a token can belong to: 32 random bytes
/// have 43 characters. A missing cookie is an empty text. No token is valid for it, because an
/// attacker could compute that token.
const SHORTEST_COOKIE: usize = 43;

/// The text of the hidden field `csrf`: HMAC-SHA-256, in base64url, under the value of the session
/// cookie.
///
/// Only a browser that has the cookie can send it. It changes with the cookie, so a token from
/// before a sign-in is invalid after it. Nothing is stored, and any node can check it.
#[derive(Clone, PartialEq, Eq)]
pub struct CsrfToken(String);

impl CsrfToken {
    /// Returns the token that belongs to a session cookie of this value.
    #[must_use]
    pub fn of(cookie: &str) -> Self {
        let tag = hmac::sign(&key(cookie), PURPOSE);
        Self(URL_SAFE_NO_PAD.encode(tag.as_ref()))
    }

    /// The text for the form.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for CsrfToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CsrfToken(…)")
    }
}

/// Returns whether `sent`, the text of the field `csrf`, belongs to the session cookie of this
/// value. Takes the same time wherever the two differ.
#[must_use]
pub fn matches(cookie: &str, sent: &str) -> bool {
    let Ok(tag) = URL_SAFE_NO_PAD.decode(sent) else {
        return false;
    };
    cookie.len() >= SHORTEST_COOKIE && hmac::verify(&key(cookie), PURPOSE, &tag).is_ok()
}

fn key(cookie: &str) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, cookie.as_bytes())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const COOKIE: &str = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFG";

    #[test]
    fn a_token_belongs_to_one_cookie() {
        let token = CsrfToken::of(COOKIE);
        assert_eq!(token.as_str().len(), 43);
        assert!(matches(COOKIE, token.as_str()));
        assert!(!matches(&COOKIE.to_lowercase(), token.as_str()));
        assert!(!token.as_str().contains(COOKIE));
    }

    #[test]
    fn without_a_cookie_no_token_matches() {
        assert!(!matches("", CsrfToken::of("").as_str()));
        assert!(!matches("short", CsrfToken::of("short").as_str()));
    }

    #[test]
    fn a_token_is_not_printed() {
        assert_eq!(format!("{:?}", CsrfToken::of(COOKIE)), "CsrfToken(…)");
    }

    proptest! {
        #[test]
        fn no_other_text_matches(sent in ".{0,60}", at in 0_usize..43) {
            prop_assert!(!matches(COOKIE, &sent));
            let token = CsrfToken::of(COOKIE).as_str().to_owned();
            prop_assert!(!matches(COOKIE, &token[..at]));
            let longer = format!("{token}{sent}A");
            prop_assert!(!matches(COOKIE, &longer));
        }
    }
}
