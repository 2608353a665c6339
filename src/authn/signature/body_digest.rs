//! `Content-Digest` (RFC 9530): the digest of the body.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{Algorithm, SHA256, SHA512, digest};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sfv::{BareItem, Item, ListEntry};

use super::SignatureError;
use super::dictionary::members;

/// The algorithms that are neither deprecated nor unknown (RFC 9530, section 7.2).
const KNOWN: [(&str, &Algorithm); 2] = [("sha-256", &SHA256), ("sha-512", &SHA512)];

/// Returns the value of `Content-Digest` for a body.
#[must_use]
pub fn of(body: &[u8]) -> String {
    let digest = digest(&SHA256, body);
    format!("sha-256=:{}:", STANDARD.encode(digest.as_ref()))
}

/// Checks the value of `Content-Digest`: every known digest must be that of the body, and one must
/// be known.
///
/// # Errors
/// Returns [`SignatureError::DigestForm`], [`SignatureError::NoKnownDigest`] or
/// [`SignatureError::Digest`].
pub fn check(value: &str, body: &[u8]) -> Result<(), SignatureError> {
    let members = members(value).map_err(|_| SignatureError::DigestForm)?;
    let mut known = 0;
    for member in members {
        let mut algorithms = KNOWN.iter();
        let Some((_, algorithm)) = algorithms.find(|(name, _)| *name == member.label) else {
            continue;
        };
        let ListEntry::Item(Item {
            bare_item: BareItem::ByteSequence(bytes),
            ..
        }) = member.value
        else {
            return Err(SignatureError::DigestForm);
        };
        let own = digest(algorithm, body);
        verify_slices_are_equal(own.as_ref(), &bytes).map_err(|_| SignatureError::Digest)?;
        known += 1;
    }
    if known == 0 {
        return Err(SignatureError::NoKnownDigest);
    }
    Ok(())
}
