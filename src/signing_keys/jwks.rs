//! The published half of the keys: a JWK Set (RFC 7517, 5). HS256 keys have no published half.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Ring, RingKey};
use crate::base::KeyId;
use crate::token::PublicKey;

/// A JWK Set.
#[derive(Debug, Serialize, ToSchema)]
pub struct Jwks {
    keys: Vec<Jwk>,
}

/// A public key (RFC 7517, 4; RFC 7518, 6; RFC 8037, 2).
#[derive(Debug, Serialize, ToSchema)]
pub struct Jwk {
    #[schema(value_type = String)]
    kid: KeyId,
    alg: &'static str,
    r#use: &'static str,
    #[serde(flatten)]
    key: Material,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "kty")]
enum Material {
    #[serde(rename = "OKP")]
    Okp { crv: &'static str, x: String },
    #[serde(rename = "EC")]
    Ec {
        crv: &'static str,
        x: String,
        y: String,
    },
    #[serde(rename = "RSA")]
    Rsa { n: String, e: String },
}

impl Jwks {
    /// Returns the published half of every key of a ring that is not revoked, sorted by `kid`.
    #[must_use]
    pub fn of(ring: &Ring) -> Self {
        let mut keys: Vec<_> = ring
            .keys()
            .filter(|key| key.is_trusted())
            .filter_map(Jwk::of)
            .collect();
        keys.sort_by_key(|key| key.kid);
        Self { keys }
    }
}

impl Jwk {
    /// Returns the published half of a key. `None` if it has no such half.
    #[must_use]
    pub fn of(key: &RingKey) -> Option<Self> {
        let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let material = match key.secret.public()? {
            PublicKey::Ed25519(x) => Material::Okp {
                crv: "Ed25519",
                x: text(&x),
            },
            PublicKey::P256 { x, y } => Material::Ec {
                crv: "P-256",
                x: text(&x),
                y: text(&y),
            },
            PublicKey::Rsa { n, e } => Material::Rsa {
                n: text(&n),
                e: text(&e),
            },
        };
        Some(Self {
            kid: key.kid,
            alg: key.secret.algorithm().as_str(),
            r#use: "sig",
            key: material,
        })
    }
}
