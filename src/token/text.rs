//! The compact text of a token (RFC 7515, 7.1): signing it, taking it apart, reading its claims.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::claims::Payload;
use super::{Claims, KeyError, SecretKey};

/// Longer texts are no tokens of ours (bytes). The longest we make, RS256 with the longest issuer, has some 900.
pub const MAX_LENGTH: usize = 4096;

/// Why a text is no token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenError;

/// Signs `claims` under a header segment that was encoded once for the key.
///
/// # Errors
/// [`KeyError`] when the cryptographic library fails.
pub fn sign(
    header: &str,
    claims: &Claims,
    issuer: &str,
    key: &SecretKey,
) -> Result<String, KeyError> {
    let payload = serde_json::to_vec(&Payload::new(claims, issuer)).map_err(|_| KeyError)?;
    let mut out = String::with_capacity(header.len() + payload.len() * 4 / 3 + 380);
    out.push_str(header);
    out.push('.');
    URL_SAFE_NO_PAD.encode_string(&payload, &mut out);
    let signature = key.sign(out.as_bytes())?;
    out.push('.');
    URL_SAFE_NO_PAD.encode_string(&signature, &mut out);
    Ok(out)
}

/// A compact text, cut at its dots.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parts<'a> {
    /// The header segment, still encoded.
    pub header: &'a str,
    /// The payload segment, still encoded.
    pub payload: &'a str,
    /// The signature segment, still encoded.
    pub signature: &'a str,
    /// What is signed: header, dot, payload.
    pub message: &'a str,
}

/// Cuts a text into its three segments.
///
/// # Errors
/// [`TokenError`] when it is too long or has not exactly two dots.
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
    /// The signature's bytes.
    ///
    /// # Errors
    /// [`TokenError`] when the segment is no base64url without padding (RFC 7515, 2).
    pub fn signature_bytes(&self) -> Result<Vec<u8>, TokenError> {
        URL_SAFE_NO_PAD
            .decode(self.signature)
            .map_err(|_| TokenError)
    }
}

/// Reads the claims of a payload segment. Says nothing about the signature.
///
/// # Errors
/// [`TokenError`] when they are not, member for member, what this issuer puts into one kind of token.
pub fn decode_claims(payload: &str, issuer: &str) -> Result<Claims, TokenError> {
    let bytes = URL_SAFE_NO_PAD.decode(payload).map_err(|_| TokenError)?;
    let payload: Payload<'_> = serde_json::from_slice(&bytes).map_err(|_| TokenError)?;
    payload.claims(issuer).ok_or(TokenError)
}
