//! Secrets of endpoints: drawn here, shown once, sealed at rest; and signatures made with them.

use std::fmt;

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::store::{self, Sealed};
use crate::base::{Timestamp, WebhookId, random};
use crate::db::{Conn, Error};
use crate::signing_keys::{MasterKey, MasterKeyError, MasterKeys};

/// What messages to one endpoint are signed with.
pub struct Secret(Zeroizing<Vec<u8>>);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(***)")
    }
}

fn context(id: WebhookId) -> String {
    format!("webhook {id}")
}

impl Secret {
    /// A fresh one: 32 bytes.
    #[must_use]
    pub fn generate() -> Self {
        Self(Zeroizing::new(random::bytes::<32>().to_vec()))
    }

    /// As its owner is shown it, once: `whsec_` and base64 (Standard Webhooks, "Signature scheme").
    #[must_use]
    pub fn text(&self) -> Zeroizing<String> {
        Zeroizing::new(format!("whsec_{}", STANDARD.encode(self.0.as_slice())))
    }

    pub(super) fn seal(&self, master: &MasterKey, id: WebhookId) -> Result<Sealed, SecretError> {
        let secret = master.seal(&self.0, &context(id));
        Ok(Sealed {
            secret: secret.map_err(SecretError::Key)?,
            by: master.fingerprint().to_owned(),
        })
    }

    pub(super) fn open(
        sealed: &Sealed,
        masters: &MasterKeys,
        id: WebhookId,
    ) -> Result<Self, SecretError> {
        let Some(master) = masters.of(&sealed.by) else {
            return Err(SecretError::OtherMasterKey(id, sealed.by.clone()));
        };
        master
            .open(&sealed.secret, &context(id))
            .map(Self)
            .map_err(SecretError::Key)
    }

    /// The signature of a message that is sent at `at`: `v1,` and base64 of HMAC-SHA256 over `id.seconds.body`.
    pub(super) fn sign(&self, id: &str, at: Timestamp, body: &str) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &self.0);
        let mut context = hmac::Context::with_key(&key);
        for part in [id, ".", &at.as_seconds().to_string(), ".", body] {
            context.update(part.as_bytes());
        }
        format!("v1,{}", STANDARD.encode(context.sign()))
    }
}

/// Why a secret could not be opened or sealed.
#[derive(Debug)]
pub enum SecretError {
    /// The one of this endpoint was sealed with a master key that was not given, of this fingerprint.
    OtherMasterKey(WebhookId, String),
    /// It is damaged, or the cryptographic library failed.
    Key(MasterKeyError),
    /// The database.
    Database(Error),
}

impl fmt::Display for SecretError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OtherMasterKey(id, sealed_by) => write!(
                f,
                "the secret of webhook {id} was sealed with the master key of fingerprint {sealed_by}, which is not given; \
                 name its file in previous_master_key_files"
            ),
            Self::Key(why) => why.fmt(f),
            Self::Database(why) => why.fmt(f),
        }
    }
}

impl std::error::Error for SecretError {}

impl From<Error> for SecretError {
    fn from(error: Error) -> Self {
        Self::Database(error)
    }
}

/// Seals every secret with the current master key, in the caller's transaction; how many were not before.
///
/// # Errors
/// The [`SecretError`]; then the transaction must not be committed.
pub fn reseal(conn: &mut Conn, masters: &MasterKeys) -> Result<usize, SecretError> {
    let current = masters.current();
    let rows = store::sealed_by_others(conn, current.fingerprint())?;
    for (id, sealed) in &rows {
        let sealed = Secret::open(sealed, masters, *id)?.seal(current, *id)?;
        store::set_secret(conn, *id, &sealed)?;
    }
    Ok(rows.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_as_the_standard_does() {
        let secret = STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let signature = Secret(Zeroizing::new(secret)).sign(
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            Timestamp::from_seconds(1_614_265_330),
            r#"{"test": 2432232314}"#,
        );
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn a_secret_is_shown_only_where_it_is_asked_for() {
        let secret = Secret::generate();
        let text = secret.text();
        let bytes = STANDARD
            .decode(text.strip_prefix("whsec_").unwrap())
            .unwrap();
        assert_eq!(bytes.len(), 32);
        assert_eq!(format!("{secret:?}"), "Secret(***)");
        assert_ne!(*Secret::generate().text(), *text);
    }
}
