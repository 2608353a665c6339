//! Signs a request: for `lanyard sign`, and for tests.

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::read::CONTENT_DIGEST;
use super::{Component, Message, SignatureError, signature_base};
use crate::base::Timestamp;

/// What a request is signed with.
// It has no `Debug`: its secret must not reach a log.
#[derive(Clone, Copy)]
pub struct Signer<'a> {
    /// The id of the key.
    pub key: &'a str,
    /// The signing secret.
    pub secret: &'a str,
    /// When the request is signed.
    pub now: Timestamp,
    /// A text that is used once.
    pub nonce: &'a str,
}

/// Returns the values of `Signature-Input` and `Signature`. The signature covers method and target
/// URI, and `Content-Digest` if the request has it.
///
/// # Errors
/// Returns [`SignatureError::Host`] or [`SignatureError::NotAscii`].
pub fn sign(message: &Message<'_>, by: &Signer<'_>) -> Result<(String, String), SignatureError> {
    let mut components = vec![Component::Method, Component::TargetUri];
    if !message.fields.lines(CONTENT_DIGEST).is_empty() {
        components.push(Component::Field(CONTENT_DIGEST.into()));
    }
    let names: Vec<_> = components
        .iter()
        .map(|component| format!("\"{}\"", component.name()))
        .collect();
    let parameters = format!(
        "({});created={};keyid=\"{}\";nonce=\"{}\"",
        names.join(" "),
        by.now.as_seconds(),
        by.key,
        by.nonce
    );
    let base = signature_base(message, &components, &parameters)?;
    let key = hmac::Key::new(hmac::HMAC_SHA256, by.secret.as_bytes());
    let signature = STANDARD.encode(hmac::sign(&key, base.as_bytes()));
    Ok((format!("sig1={parameters}"), format!("sig1=:{signature}:")))
}
