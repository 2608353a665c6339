//! The compact text of a token (RFC 7515, 7.1): signs it, splits it, and reads its claims.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::{Claims, KeyError, SecretKey};

/// The maximum length of a token in bytes. The longest token that this service makes, RS256 with
/// the longest issuer, has about 900.
pub const MAX_LENGTH: usize = 4096;

/// The text is not a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenError;

/// Signs `claims` under a header segment, which is encoded once for each key and type of token.
///
/// # Errors
/// [`KeyError`] if the cryptographic library fails.
pub fn sign(
    header: &str,
    claims: &Claims,
    issuer: &str,
    key: &SecretKey,
) -> Result<String, KeyError> {
    let payload = claims.to_json(issuer).map_err(|_| KeyError)?;
    let mut out = String::with_capacity(header.len() + payload.len() * 4 / 3 + 380);
    out.push_str(header);
    out.push('.');
    URL_SAFE_NO_PAD.encode_string(&payload, &mut out);
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
/// [`TokenError`] if they are not, member for member, what this issuer puts into one kind of token.
pub fn decode_claims(payload: &str, issuer: &str) -> Result<Claims, TokenError> {
    let bytes = URL_SAFE_NO_PAD.decode(payload).map_err(|_| TokenError)?;
    Claims::from_json(&bytes, issuer).ok_or(TokenError)
}
