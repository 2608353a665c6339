//! The key of a client that signs what it sends.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use lanyard::token::{Algorithm, PublicKey, SecretKey};
use serde_json::{Value, json};

/// A key.
pub(crate) struct Key {
    /// The private half: PKCS#8 in base64.
    pub(crate) pkcs8: String,
    /// The public half.
    pub(crate) jwk: Value,
}

impl Key {
    pub(crate) fn generate(algorithm: Algorithm) -> Self {
        let bytes = SecretKey::generate(algorithm).unwrap();
        let secret = SecretKey::parse(algorithm, &bytes).unwrap();
        let encode = |number: Vec<u8>| URL_SAFE_NO_PAD.encode(number);
        let jwk = match secret.public().unwrap() {
            PublicKey::P256 { x, y } => {
                json!({"kty": "EC", "crv": "P-256", "x": encode(x), "y": encode(y)})
            }
            PublicKey::Rsa { n, e } => json!({"kty": "RSA", "n": encode(n), "e": encode(e)}),
            PublicKey::Ed25519(x) => json!({"kty": "OKP", "crv": "Ed25519", "x": encode(x)}),
        };
        Self {
            pkcs8: STANDARD.encode(&*bytes),
            jwk,
        }
    }

    /// Returns the private half as PEM.
    pub(crate) fn pem(&self) -> String {
        let lines: Vec<_> = self
            .pkcs8
            .as_bytes()
            .chunks(64)
            .map(|line| std::str::from_utf8(line).unwrap())
            .collect();
        let body = lines.join("\n");
        format!("-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n")
    }
}
