//! The secret of an endpoint: it is generated here, shown once, stored sealed, and signs messages.

use std::fmt;

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::base::{Timestamp, WebhookId, random};
use crate::seal::{MasterKey, MasterKeys, SealError, Sealed};

/// The secret that signs the messages to one endpoint.
pub struct Secret(Zeroizing<Vec<u8>>);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(***)")
    }
}

/// Returns the name under which the secret of an endpoint is sealed. `seal::SEALED` builds the same
/// name in SQL.
fn name(id: WebhookId) -> String {
    format!("webhook {id}")
}

impl Secret {
    /// Generates a secret of 32 random bytes.
    #[must_use]
    pub fn generate() -> Self {
        Self(Zeroizing::new(random::bytes::<32>().to_vec()))
    }

    /// Returns the text that is shown once to the owner of the endpoint: `whsec_` and base64
    /// (Standard Webhooks, "Signature scheme").
    #[must_use]
    pub fn text(&self) -> Zeroizing<String> {
        Zeroizing::new(format!("whsec_{}", STANDARD.encode(self.0.as_slice())))
    }

    pub(super) fn seal(&self, master: &MasterKey, id: WebhookId) -> Result<Sealed, SealError> {
        Ok(master.seal(&self.0, &name(id))?)
    }

    pub(super) fn open(
        sealed: &Sealed,
        masters: &MasterKeys,
        id: WebhookId,
    ) -> Result<Self, SealError> {
        masters.open(sealed, &name(id)).map(Self)
    }

    /// Returns the signature of a message that is sent at `at`: `v1,` and base64 of HMAC-SHA256
    /// over `id.seconds.body` (Standard Webhooks, "Signature scheme").
    pub(super) fn sign(&self, id: &str, at: Timestamp, body: &str) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &self.0);
        let mut context = hmac::Context::with_key(&key);
        for part in [id, ".", &at.as_seconds().to_string(), ".", body] {
            context.update(part.as_bytes());
        }
        format!("v1,{}", STANDARD.encode(context.sign()))
    }
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
