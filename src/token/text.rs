//! The compact text of a token (RFC 7515, 7.1): signs it, splits it, and reads its claims.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::{Actor, Claims, Issuers, KeyError, Lineage, SecretKey};

/// The maximum length of a token in bytes. The longest token that this service makes, RS256 with
/// the longest issuer, has about 900.
pub const MAX_LENGTH: usize = 4096;

/// The text is not a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenError;

/// Signs the claims of a company or operator token under a header segment, which is encoded once
/// for each key and type of token.
///
/// # Errors
/// [`KeyError`] if the cryptographic library fails.
pub fn sign(
    header: &str,
    claims: &Claims,
    issuer: &str,
    key: &SecretKey,
) -> Result<String, KeyError> {
    let payload = claims.to_json(issuer, None).map_err(|_| KeyError)?;
    sign_payload(header, &payload, key)
}

/// Does the same for an operator token that was exchanged: `act` acts for the operator.
///
/// # Errors
/// [`KeyError`] if the cryptographic library fails.
pub fn sign_acted(
    header: &str,
    (claims, act): (&Claims, &Actor),
    issuer: &str,
    key: &SecretKey,
) -> Result<String, KeyError> {
    let payload = claims.to_json(issuer, Some(act)).map_err(|_| KeyError)?;
    sign_payload(header, &payload, key)
}

/// Signs a payload under a header segment.
///
/// # Errors
/// [`KeyError`] if the cryptographic library fails.
pub fn sign_payload(header: &str, payload: &[u8], key: &SecretKey) -> Result<String, KeyError> {
    let mut out = String::with_capacity(header.len() + payload.len() * 4 / 3 + 380);
    out.push_str(header);
    out.push('.');
    URL_SAFE_NO_PAD.encode_string(payload, &mut out);
    let signature = key.sign(out.as_bytes())?;
    out.push('.');
    URL_SAFE_NO_PAD.encode_string(&signature, &mut out);
    Ok(out)
}

/// A compact text, split at its dots.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parts<'a> {
    /// The header segment, still encoded.
    pub header: &'a str,
    /// The payload segment, still encoded.
    pub payload: &'a str,
    /// The signature segment, still encoded.
    pub signature: &'a str,
    /// The signed part: header, dot, payload.
    pub message: &'a str,
}

/// Splits a text into its three segments.
///
/// # Errors
/// [`TokenError`] if it is too long or does not have exactly two dots.
pub fn parts(text: &str) -> Result<Parts<'_>, TokenError> {
    if text.len() > MAX_LENGTH {
        return Err(TokenError);
    }
    let (message, signature) = text.rsplit_once('.').ok_or(TokenError)?;
    let (header, payload) = message.split_once('.').ok_or(TokenError)?;
    if payload.contains('.') {
        return Err(TokenError);
    }
    Ok(Parts {
        header,
        payload,
        signature,
        message,
    })
}

impl Parts<'_> {
    /// Returns the bytes of the signature.
    ///
    /// # Errors
    /// [`TokenError`] if the segment is not base64url without padding (RFC 7515, 2).
    pub fn signature_bytes(&self) -> Result<Vec<u8>, TokenError> {
        URL_SAFE_NO_PAD
            .decode(self.signature)
            .map_err(|_| TokenError)
    }
}

/// Reads the claims of a payload segment. It does not check the signature.
///
/// # Errors
/// [`TokenError`] if they are not what these issuers put into one kind of token.
pub fn decode_claims(payload: &str, issuers: &Issuers) -> Result<Claims, TokenError> {
    decode(payload, issuers).map(|(claims, _)| claims)
}

/// Does the same, and returns the tokens that the token comes from by token exchange.
///
/// # Errors
/// [`TokenError`] as [`decode_claims`].
pub fn decode(payload: &str, issuers: &Issuers) -> Result<(Claims, Lineage), TokenError> {
    let bytes = URL_SAFE_NO_PAD.decode(payload).map_err(|_| TokenError)?;
    Claims::from_json(&bytes, issuers).ok_or(TokenError)
}

/// Returns the header of a compact text, decoded from base64url. It does not check the signature.
///
/// # Errors
/// [`TokenError`] if the text does not have three segments, or the first is not base64url.
pub fn header(text: &str) -> Result<Vec<u8>, TokenError> {
    let parts = parts(text)?;
    URL_SAFE_NO_PAD.decode(parts.header).map_err(|_| TokenError)
}

/// Returns the payload of a compact text, decoded from base64url. It does not check the signature.
///
/// # Errors
/// [`TokenError`] if the text does not have three segments, or the second is not base64url.
pub fn payload(text: &str) -> Result<Vec<u8>, TokenError> {
    let parts = parts(text)?;
    URL_SAFE_NO_PAD
        .decode(parts.payload)
        .map_err(|_| TokenError)
}
