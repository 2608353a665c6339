//! The contents of tokens.

mod claims;
mod forged;
mod key_revoke;
mod keys;
mod reseal;
mod roles;
mod rotation;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Returns a segment of a token as text: 0 is the header, 1 the claims.
pub(crate) fn segment(token: &str, number: usize) -> String {
    let segment = token.split('.').nth(number).unwrap();
    String::from_utf8(URL_SAFE_NO_PAD.decode(segment).unwrap()).unwrap()
}

pub(crate) fn claims(token: &str) -> Value {
    serde_json::from_str(&segment(token, 1)).unwrap()
}
