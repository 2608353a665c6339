//! A client with a key, for tests.

use std::sync::LazyLock;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{RSA_PSS_SHA256, RsaKeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::SigningAlgorithm;
use crate::token::{Algorithm, PublicKey, SecretKey};

/// A client with a key.
pub(crate) struct Signer {
    pub(crate) algorithm: SigningAlgorithm,
    bytes: Vec<u8>,
}

/// RSA keys take long to make.
static RSA: LazyLock<Vec<u8>> =
    LazyLock::new(|| SecretKey::generate(Algorithm::Rs256).unwrap().to_vec());

const fn own(algorithm: SigningAlgorithm) -> Algorithm {
    match algorithm {
        SigningAlgorithm::Es256 => Algorithm::Es256,
        SigningAlgorithm::EdDsa | SigningAlgorithm::Ed25519 => Algorithm::EdDsa,
        SigningAlgorithm::Rs256 | SigningAlgorithm::Ps256 => Algorithm::Rs256,
    }
}

impl Signer {
    /// Makes a key. All RSA keys are the same one.
    pub(crate) fn new(algorithm: SigningAlgorithm) -> Self {
        let bytes = match own(algorithm) {
            Algorithm::Rs256 => RSA.clone(),
            other => SecretKey::generate(other).unwrap().to_vec(),
        };
        Self { algorithm, bytes }
    }

    fn secret(&self) -> SecretKey {
        SecretKey::parse(own(self.algorithm), &self.bytes).unwrap()
    }

    /// Returns the public key.
    pub(crate) fn jwk(&self) -> Value {
        let encode = |bytes: Vec<u8>| URL_SAFE_NO_PAD.encode(bytes);
        match self.secret().public().unwrap() {
            PublicKey::Ed25519(x) => json!({"kty": "OKP", "crv": "Ed25519", "x": encode(x)}),
            PublicKey::P256 { x, y } => {
                json!({"kty": "EC", "crv": "P-256", "x": encode(x), "y": encode(y)})
            }
            PublicKey::Rsa { n, e } => json!({"kty": "RSA", "n": encode(n), "e": encode(e)}),
        }
    }

    /// Signs a header and a payload as they are.
    pub(crate) fn sign_texts(&self, header: &str, payload: &str) -> String {
        let encode = |text: &str| URL_SAFE_NO_PAD.encode(text);
        let message = format!("{}.{}", encode(header), encode(payload));
        let signature = if self.algorithm == SigningAlgorithm::Ps256 {
            let key = RsaKeyPair::from_pkcs8(&self.bytes).unwrap();
            let mut signature = vec![0; key.public_modulus_len()];
            #[allow(clippy::disallowed_methods, reason = "the library draws the salt")]
            let random = SystemRandom::new();
            key.sign(&RSA_PSS_SHA256, &random, message.as_bytes(), &mut signature)
                .unwrap();
            signature
        } else {
            self.secret().sign(message.as_bytes()).unwrap()
        };
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    /// Signs claims. `header` are its members besides `alg`.
    pub(crate) fn sign(&self, header: &Value, claims: &Value) -> String {
        let mut all = json!({"alg": self.algorithm});
        for (name, value) in header.as_object().unwrap() {
            all[name] = value.clone();
        }
        self.sign_texts(&all.to_string(), &claims.to_string())
    }
}
