//! The signing secret of a key: the second secret, with which a program signs its requests and
//! which it never sends. Of a key's text only a digest is stored, and with a digest nobody can check
//! a signature; so this secret is stored sealed, and is unsealed in memory only.

use std::fmt;
use std::sync::Arc;

use zeroize::Zeroizing;

use super::{Environment, StoredKey, text};
use crate::base::{ApiKeyId, Digest, Timestamp};
use crate::seal::{MasterKey, MasterKeyError, MasterKeys, SealError, Sealed};

/// A signing secret, at the one moment it is shown.
pub struct SigningSecret(Zeroizing<String>);

impl fmt::Debug for SigningSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningSecret(***)")
    }
}

impl SigningSecret {
    /// Draws a new secret.
    #[must_use]
    pub fn draw(environment: Environment) -> Self {
        Self(text::draw(text::SIGNING, environment))
    }

    /// Returns the text. The HMAC key is all its bytes.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0
    }

    /// Returns the digest, by which a report of a leak finds the key.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of(&self.0)
    }

    pub(super) fn seal(
        &self,
        master: &MasterKey,
        key: ApiKeyId,
    ) -> std::result::Result<Sealed, MasterKeyError> {
        master.seal(self.0.as_bytes(), &name(key))
    }
}

/// Returns the name that the secrets of a key are sealed with. `seal::SEALED` has the same in SQL.
fn name(key: ApiKeyId) -> String {
    format!("api key {key}")
}

/// A signing secret as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredSecret {
    /// Its digest.
    pub digest: Digest,
    /// When it ends; `None` for the present one.
    pub ends_at: Option<Timestamp>,
    /// The secret, sealed.
    pub sealed: Sealed,
}

/// A key with its signing secrets, unsealed.
pub struct SigningKey {
    /// The key.
    pub stored: Arc<StoredKey>,
    /// The secrets, the present one first. None if the key does not sign.
    secrets: Vec<(Zeroizing<Vec<u8>>, Option<Timestamp>)>,
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({}, ***)", self.stored.key.id)
    }
}

impl SigningKey {
    pub(super) fn unseal(
        stored: StoredKey,
        secrets: &[StoredSecret],
        masters: &MasterKeys,
    ) -> std::result::Result<Self, SealError> {
        let name = name(stored.key.id);
        let open =
            |secret: &StoredSecret| Ok((masters.open(&secret.sealed, &name)?, secret.ends_at));
        let mut secrets = secrets
            .iter()
            .map(open)
            .collect::<Result<Vec<_>, SealError>>()?;
        // The present one signs nearly every request.
        secrets.sort_by_key(|(_, ends_at)| std::cmp::Reverse(ends_at.unwrap_or(Timestamp::MAX)));
        Ok(Self {
            stored: Arc::new(stored),
            secrets,
        })
    }

    /// Returns when the secret ends for which `is_right` is true: `Some(None)` for the present one.
    /// `None` if there is none.
    pub(super) fn find(&self, is_right: impl Fn(&[u8]) -> bool) -> Option<Option<Timestamp>> {
        let mut secrets = self.secrets.iter();
        secrets
            .find(|(secret, _)| is_right(secret))
            .map(|(_, ends_at)| *ends_at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_has_the_form_of_a_key_and_is_none() {
        let secret = SigningSecret::draw(Environment::Test);
        assert!(secret.text().starts_with("hs_test_") && secret.text().len() == 46);
        assert!(text::is_signing_secret(secret.text()));
        assert!(!text::begins_as_key(secret.text()));
        assert_eq!(text::environment(secret.text()), None);
        assert_eq!(format!("{secret:?}"), "SigningSecret(***)");
        let key = super::super::KeyText::draw(super::super::Prefix::Ak, Environment::Test);
        assert!(!text::is_signing_secret(key.text()));
    }
}
