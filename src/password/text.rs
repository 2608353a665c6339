//! Which texts are passwords, and the forms of a text in which it is checked.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret, SecretString};

use crate::base::caseless::composed;
use crate::base::random;

/// The largest number of bytes of a password. bcrypt reads no more: it would cut a longer password
/// silently, so such a password is refused.
pub const LONGEST: usize = 72;

/// A password that bcrypt reads as a whole.
#[derive(Clone, Debug)]
pub struct Password(SecretString);

/// Why a text cannot be a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// It is empty.
    #[error("the password is empty")]
    Empty,
    /// It has more than 72 bytes.
    #[error(
        "the password has more than 72 bytes in UTF-8, the most bcrypt reads; choose a shorter one"
    )]
    TooLong,
    /// It contains a NUL character, at which bcrypt would stop reading.
    #[error("the password has a NUL character")]
    Nul,
}

/// A password in the forms in which it is checked.
pub(super) struct Typed {
    /// The form that is stored today, or the reason why the text cannot be a password.
    pub(super) composed: Result<Password, PasswordError>,
    /// The form that an older release stored; `None` if it is the same text.
    pub(super) as_typed: Option<Result<Password, PasswordError>>,
}

impl Typed {
    pub(super) fn new(text: SecretString) -> Self {
        let composed = SecretString::from(composed(text.expose_secret()).into_owned());
        let other = composed.expose_secret() != text.expose_secret();
        Self {
            composed: Password::as_typed(composed),
            as_typed: other.then(|| Password::as_typed(text)),
        }
    }
}

impl Password {
    /// Makes a password of a text. The composed form (NFC) is hashed, because users cannot choose
    /// whether their keyboard sends `é` as one character or as two.
    ///
    /// # Errors
    /// Returns the [`PasswordError`].
    pub fn new(text: SecretString) -> Result<Self, PasswordError> {
        Typed::new(text).composed
    }

    fn as_typed(text: SecretString) -> Result<Self, PasswordError> {
        let bytes = text.expose_secret().as_bytes();
        if bytes.is_empty() {
            return Err(PasswordError::Empty);
        }
        if bytes.len() > LONGEST {
            return Err(PasswordError::TooLong);
        }
        if bytes.contains(&0) {
            return Err(PasswordError::Nul);
        }
        Ok(Self(text))
    }

    /// Returns the text of a new password: 24 random bytes in base64url, 32 characters.
    #[must_use]
    pub fn draw() -> SecretString {
        SecretString::from(URL_SAFE_NO_PAD.encode(random::bytes::<24>()))
    }

    /// Hashes the password on this thread (about 250 ms at cost 12).
    ///
    /// # Errors
    /// Returns an error text if the cost is out of range.
    pub fn hash(&self, cost: u32) -> Result<String, String> {
        bcrypt::hash(self.0.expose_secret(), cost).map_err(|why| why.to_string())
    }

    pub(super) fn matches(&self, hash: &str) -> bool {
        bcrypt::verify(self.0.expose_secret(), hash).unwrap_or(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn password(text: &str) -> Result<Password, PasswordError> {
        Password::new(SecretString::from(text))
    }

    #[test]
    fn only_what_bcrypt_takes_whole_is_a_password() {
        assert!(password(&"a".repeat(72)).is_ok());
        assert_eq!(
            password(&"a".repeat(73)).unwrap_err(),
            PasswordError::TooLong
        );
        assert_eq!(
            password(&"ễ".repeat(25)).unwrap_err(),
            PasswordError::TooLong,
            "75 bytes"
        );
        assert_eq!(password("").unwrap_err(), PasswordError::Empty);
        assert_eq!(password("a\0b").unwrap_err(), PasswordError::Nul);
    }

    #[test]
    fn a_password_counts_as_composed() {
        let decomposed = "ê\u{301}".repeat(24);
        assert!(decomposed.len() > LONGEST);
        let hash = password(&decomposed).unwrap().hash(4).unwrap();
        assert!(password(&"ế".repeat(24)).unwrap().matches(&hash));
        assert_eq!(
            password(&"\u{958}".repeat(13)).unwrap_err(),
            PasswordError::TooLong,
            "39 bytes as typed, 78 as composed"
        );
    }

    #[test]
    fn every_byte_of_72_counts() {
        let long = "a".repeat(72);
        let hash = password(&long).unwrap().hash(4).unwrap();
        assert!(password(&long).unwrap().matches(&hash));
        assert!(
            !password(&format!("{}b", "a".repeat(71)))
                .unwrap()
                .matches(&hash)
        );
        assert!(!password("mật khẩu").unwrap().matches("no hash at all"));
    }
}
