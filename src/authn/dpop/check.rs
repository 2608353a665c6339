//! Judges a proof (RFC 9449, section 4.3), except whether it was used before.

use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

use super::{Nonces, Proof, ProofError, same_url};
use crate::base::Timestamp;
use crate::jose::{Seconds, SignedJwt};
use crate::replay;

/// How far `iat` may be away, in both directions.
const MARGIN: Duration = Duration::from_mins(1);

/// What a proof must prove.
// It has no `Debug`: its access token must not reach a log.
#[derive(Clone, Copy)]
pub struct Expected<'a> {
    /// The method of the request.
    pub method: &'a str,
    /// The URL of the request: the issuer and the path. The `Host` header has no effect on it.
    pub url: &'a str,
    /// The access token that is sent with the proof. `None` at endpoints that take none.
    pub access_token: Option<&'a str>,
    /// The thumbprint of the key that must have signed the proof. `None` if any key may.
    pub jkt: Option<&'a str>,
    /// The nonces that a proof must have. `None` if nonces are not checked.
    pub nonces: Option<&'a Nonces>,
    /// When the request arrived.
    pub now: Timestamp,
}

/// A proof that is right, and may have been used before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedProof {
    /// The thumbprint of its key (RFC 7638).
    pub jkt: String,
    /// What may be used once: the key and the `jti`, however `htu` is written.
    pub(super) value: replay::Value,
    /// The last instant at which the proof is accepted.
    pub(super) until: Timestamp,
}

#[derive(Deserialize)]
struct Claims {
    jti: String,
    htm: String,
    htu: String,
    iat: Seconds,
    ath: Option<String>,
    nonce: Option<String>,
}

/// Judges a proof.
///
/// # Errors
/// Returns the [`ProofError`].
pub fn check(proof: &Proof, expected: &Expected<'_>) -> Result<CheckedProof, ProofError> {
    let jwt = SignedJwt::parse(proof.as_str()).map_err(|_| ProofError::Malformed)?;
    let key = jwt.jwk().ok_or(ProofError::Malformed)?;
    let claims: Claims = jwt.claims().map_err(|_| ProofError::Malformed)?;
    if !jwt.is_of_type("dpop+jwt") || claims.jti.is_empty() {
        return Err(ProofError::Malformed);
    }
    if claims.htm != expected.method {
        return Err(ProofError::Method);
    }
    if !same_url(&claims.htu, expected.url) {
        return Err(ProofError::Url);
    }
    if let Some(token) = expected.access_token
        && claims.ath.as_deref() != Some(hash(token).as_str())
    {
        return Err(ProofError::AccessToken);
    }
    if !jwt.is_signed_by(key) {
        return Err(ProofError::Signature);
    }
    if let Some(nonces) = expected.nonces {
        nonces.check(claims.nonce.as_deref(), expected.now)?;
    }
    let issued = claims.iat.at();
    let until = issued.plus(MARGIN);
    if until < expected.now || issued > expected.now.plus(MARGIN) {
        return Err(ProofError::Time);
    }
    let jkt = key.thumbprint();
    if expected.jkt.is_some_and(|expected| expected != jkt) {
        return Err(ProofError::OtherKey);
    }
    Ok(CheckedProof {
        value: replay::Value::of(&[jkt.as_bytes(), claims.jti.as_bytes()]),
        until,
        jkt,
    })
}

/// Returns what `ath` must be (RFC 9449, section 4.2).
fn hash(token: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest(&SHA256, token.as_bytes()).as_ref())
}

#[cfg(test)]
mod tests;
