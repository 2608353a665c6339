//! The values of cookies that are drawn here: 32 random bytes (RFC 6265).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

use crate::base::{Digest, random};

/// The value of a cookie: 43 characters of base64url.
#[derive(Clone)]
pub(super) struct Drawn(Zeroizing<String>);

impl Drawn {
    /// Draws the value of a new cookie.
    pub(super) fn new() -> Self {
        Self(Zeroizing::new(
            URL_SAFE_NO_PAD.encode(random::bytes::<32>()),
        ))
    }

    /// Returns the value of the cookie `name` among the `Cookie` headers of a request. `None` if there
    /// is none, or if it does not have the form of one that was drawn here.
    pub(super) fn read<'a>(headers: impl Iterator<Item = &'a str>, name: &str) -> Option<Self> {
        let pairs = headers.flat_map(|header| header.split(';'));
        let mut values = pairs
            .filter_map(|pair| pair.trim().split_once('='))
            .filter(|(known, _)| *known == name)
            .map(|(_, value)| value);
        let value = values.next()?;
        let drawn = URL_SAFE_NO_PAD
            .decode(value)
            .is_ok_and(|bytes| bytes.len() == 32);
        drawn.then(|| Self(Zeroizing::new(value.to_owned())))
    }

    /// Returns the value.
    pub(super) fn text(&self) -> &str {
        &self.0
    }

    /// Returns the digest of the value.
    pub(super) fn digest(&self) -> Digest {
        Digest::of(&self.0)
    }
}

/// Returns the `Set-Cookie` header of a cookie that no script can read. The browser keeps it until the
/// browser is closed.
pub(super) fn set_cookie(name: &str, value: &str, is_secure: bool) -> String {
    let secure = if is_secure { "; Secure" } else { "" };
    format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{secure}")
}
