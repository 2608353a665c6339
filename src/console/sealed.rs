//! Values that a page carries for a while and that only this service can read.

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::app::App;

/// Seals a value with a key that follows from the master key. `purpose` and `subject` must be the
/// same when it is opened. `None` if it cannot be sealed.
pub(super) fn seal(
    app: &App,
    purpose: &str,
    subject: &str,
    value: &impl Serialize,
) -> Option<String> {
    let (key, _) = app.tokens.keys.masters().derive(purpose);
    let key = RandomizedNonceKey::new(&AES_256_GCM, &key).ok()?;
    let mut text = serde_json::to_vec(value).ok()?;
    let aad = Aad::from(subject.as_bytes());
    let nonce = key.seal_in_place_append_tag(aad, &mut text).ok()?;
    Some(URL_SAFE_NO_PAD.encode([nonce.as_ref().as_slice(), &text].concat()))
}

/// Opens a value that [`seal`] made. `None` if it was made for another purpose or subject, or was
/// altered.
pub(super) fn open<T: DeserializeOwned>(
    app: &App,
    purpose: &str,
    subject: &str,
    sealed: &str,
) -> Option<T> {
    let bytes = URL_SAFE_NO_PAD.decode(sealed).ok()?;
    let (nonce, text) = bytes.split_at_checked(NONCE_LEN)?;
    let (current, previous) = app.tokens.keys.masters().derive(purpose);
    std::iter::once(current).chain(previous).find_map(|key| {
        let key = RandomizedNonceKey::new(&AES_256_GCM, &key).ok()?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut text = text.to_vec();
        let aad = Aad::from(subject.as_bytes());
        let plain = key.open_in_place(nonce, aad, &mut text).ok()?;
        serde_json::from_slice(plain).ok()
    })
}
