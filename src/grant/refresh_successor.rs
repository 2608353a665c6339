//! How the text of a refresh token's successor is derived, so that every call with the same token
//! receives the same successor, and the database never has its text.
//!
//! The successor is HMAC-SHA-256 of the presented text, under a random salt. The first call stores
//! the salt beside the used token. A later call with the same token reads the salt and derives the
//! same text. The salt alone, or the token alone, is not enough: a copy of the database yields no
//! token, and a stolen token yields no successor without the service.

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

use crate::base::random;

/// The salt of a rotation (32 random bytes).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Salt(pub [u8; 32]);

impl Salt {
    /// Returns a new salt.
    #[must_use]
    pub fn generate() -> Self {
        Self(random::bytes())
    }
}

/// How a refresh token is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// 43 characters of base64url (256 bits).
    Base64Url,
    /// 32 lower-case hexadecimal digits (128 bits), as guide 003 has them.
    Hexadecimal,
}

impl Form {
    /// Every form.
    pub const ALL: [Self; 2] = [Self::Base64Url, Self::Hexadecimal];

    fn write(self, bytes: &[u8]) -> Zeroizing<String> {
        Zeroizing::new(match self {
            Self::Base64Url => URL_SAFE_NO_PAD.encode(bytes),
            Self::Hexadecimal => data_encoding::HEXLOWER.encode(bytes.get(..16).unwrap_or(bytes)),
        })
    }

    /// Returns the text of the first token of a family.
    #[must_use]
    pub fn first(self) -> Zeroizing<String> {
        self.write(&random::bytes::<32>())
    }

    /// Returns the text of the successor of a token.
    #[must_use]
    pub fn successor(self, presented: &str, salt: &Salt) -> Zeroizing<String> {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &salt.0);
        self.write(hmac::sign(&key, presented.as_bytes()).as_ref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_token_has_the_same_successor_under_its_salt() {
        let salt = Salt::generate();
        for (form, length) in [(Form::Base64Url, 43), (Form::Hexadecimal, 32)] {
            let first = form.first();
            let second = form.successor(&first, &salt);
            assert_eq!((first.len(), second.len()), (length, length));
            assert_eq!(form.successor(&first, &salt), second);
            assert_ne!(form.successor(&first, &Salt::generate()), second);
            assert_ne!(form.successor(&second, &salt), second);
            assert_ne!(*first, *second);
        }
        let hexadecimal = Form::Hexadecimal.first();
        assert!(
            hexadecimal
                .bytes()
                .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        );
    }
}
