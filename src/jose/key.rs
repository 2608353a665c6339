//! Public keys of clients (RFC 7517), and how they verify a signature.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256,
    RsaPublicKeyComponents, UnparsedPublicKey,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny};
use serde_json::Value;

use super::{SigningAlgorithm, Unacceptable};

/// The least and the largest modulus of an RSA key (bytes): 2,048 bits (RFC 7518, section 3.3), and
/// 8,192 bits, the most that the cryptographic library verifies with.
const MODULUS: std::ops::RangeInclusive<usize> = 256..=1_024;

/// The largest exponent of an RSA key (bytes). Verifying takes longer with a larger one.
const LONGEST_EXPONENT: usize = 4;

/// A public key that signs with one of [`SigningAlgorithm`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Jwk {
    /// Its name in a set of keys. `None` if it has none.
    kid: Option<String>,
    /// The only algorithm that it may be used with. `None` if every one of its type.
    only: Option<SigningAlgorithm>,
    numbers: Numbers,
}

/// The numbers of a key, as big-endian bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Numbers {
    /// An uncompressed point on P-256 (SEC 1, section 2.3.3): 0x04, x, y.
    P256(Box<[u8; 65]>),
    Ed25519([u8; 32]),
    Rsa {
        n: Vec<u8>,
        e: Vec<u8>,
    },
}

/// The members of a key. A member that occurs twice is refused by the parser.
#[derive(Deserialize)]
struct Members {
    kty: String,
    crv: Option<String>,
    x: Option<String>,
    y: Option<String>,
    n: Option<String>,
    e: Option<String>,
    kid: Option<String>,
    alg: Option<String>,
    #[serde(rename = "use")]
    purpose: Option<String>,
    #[serde(default)]
    d: Secret,
    #[serde(default)]
    p: Secret,
    #[serde(default)]
    q: Secret,
    #[serde(default)]
    dp: Secret,
    #[serde(default)]
    dq: Secret,
    #[serde(default)]
    qi: Secret,
    #[serde(default)]
    oth: Secret,
    #[serde(default)]
    k: Secret,
}

/// Whether a member is there that only secret keys have (RFC 7518, section 6; RFC 8037, section 2).
#[derive(Default)]
struct Secret(bool);

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        IgnoredAny::deserialize(deserializer).map(|_| Self(true))
    }
}

impl Members {
    fn has_secrets(&self) -> bool {
        [
            &self.d, &self.p, &self.q, &self.dp, &self.dq, &self.qi, &self.oth, &self.k,
        ]
        .into_iter()
        .any(|secret| secret.0)
    }

    fn numbers(&self) -> Option<Numbers> {
        match (self.kty.as_str(), self.crv.as_deref()) {
            ("EC", Some("P-256")) => {
                let mut point = Box::new([4; 65]);
                let (x, y) = point.get_mut(1..)?.split_at_mut_checked(32)?;
                x.copy_from_slice(&exactly::<32>(self.x.as_deref()?)?);
                y.copy_from_slice(&exactly::<32>(self.y.as_deref()?)?);
                Some(Numbers::P256(point))
            }
            ("OKP", Some("Ed25519")) => Some(Numbers::Ed25519(exactly(self.x.as_deref()?)?)),
            ("RSA", _) => {
                let (n, e) = (number(self.n.as_deref()?)?, number(self.e.as_deref()?)?);
                (MODULUS.contains(&n.len()) && e.len() <= LONGEST_EXPONENT)
                    .then_some(Numbers::Rsa { n, e })
            }
            _ => None,
        }
    }
}

fn exactly<const N: usize>(text: &str) -> Option<[u8; N]> {
    URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()
}

/// Reads a number without leading zeros (RFC 7518, section 2, `Base64urlUInt`). So a key has one
/// form, and one thumbprint.
fn number(text: &str) -> Option<Vec<u8>> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    bytes
        .first()
        .is_some_and(|first| *first != 0)
        .then_some(bytes)
}

impl Jwk {
    /// Reads a key.
    ///
    /// # Errors
    /// Returns [`Unacceptable`] if it is not a whole public key for one of the algorithms, if it is
    /// secret or symmetric, or for anything else than signatures.
    pub fn parse(json: &str) -> Result<Self, Unacceptable> {
        let members: Members = serde_json::from_str(json).map_err(|_| Unacceptable)?;
        Self::of(members)
    }

    fn of(members: Members) -> Result<Self, Unacceptable> {
        if members.has_secrets() || members.purpose.as_deref().is_some_and(|what| what != "sig") {
            return Err(Unacceptable);
        }
        let only = members.alg.as_deref().map(str::parse).transpose();
        let key = Self {
            numbers: members.numbers().ok_or(Unacceptable)?,
            only: only.map_err(|_| Unacceptable)?,
            kid: members.kid,
        };
        match key.only {
            Some(only) if !key.numbers.fit(only) => Err(Unacceptable),
            _ => Ok(key),
        }
    }

    /// Returns a key that nobody signs with, for a check that must take as long as any other.
    pub(super) fn stand_in(algorithm: SigningAlgorithm) -> Self {
        use SigningAlgorithm as A;
        // The first two are published in SEC 2, section 2.4.2 (the base point), and RFC 8037,
        // appendix A.2.
        let json = match algorithm {
            A::Es256 => {
                r#"{"kty":"EC","crv":"P-256","x":"axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY","y":"T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU"}"#
            }
            A::EdDsa | A::Ed25519 => {
                r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#
            }
            A::Rs256 | A::Ps256 => "",
        };
        Self::parse(json).unwrap_or(Self {
            kid: None,
            only: None,
            numbers: Numbers::Rsa {
                n: vec![0xff; 256],
                e: vec![1, 0, 1],
            },
        })
    }

    /// Whether the key signs with an algorithm. The two names of Ed25519 are one algorithm.
    #[must_use]
    pub fn fits(&self, algorithm: SigningAlgorithm) -> bool {
        let allowed = match self.only {
            Some(SigningAlgorithm::EdDsa | SigningAlgorithm::Ed25519) | None => true,
            Some(only) => only == algorithm,
        };
        allowed && self.numbers.fit(algorithm)
    }

    /// Whether `signature` is the signature of `message` by this key.
    #[must_use]
    pub fn verify(&self, algorithm: SigningAlgorithm, message: &[u8], signature: &[u8]) -> bool {
        if !self.fits(algorithm) {
            return false;
        }
        let verified = match &self.numbers {
            Numbers::P256(point) => UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, &**point)
                .verify(message, signature),
            Numbers::Ed25519(x) => UnparsedPublicKey::new(&ED25519, x).verify(message, signature),
            Numbers::Rsa { n, e } => {
                let parameters = match algorithm {
                    SigningAlgorithm::Ps256 => &RSA_PSS_2048_8192_SHA256,
                    _ => &RSA_PKCS1_2048_8192_SHA256,
                };
                RsaPublicKeyComponents { n, e }.verify(parameters, message, signature)
            }
        };
        verified.is_ok()
    }

    /// Returns the thumbprint of the key (RFC 7638, section 3): the SHA-256 of its required members,
    /// in base64url.
    #[must_use]
    pub fn thumbprint(&self) -> String {
        let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let json = match &self.numbers {
            Numbers::P256(point) => {
                let (x, y) = point.split_at(33);
                let x = x.get(1..).unwrap_or_default();
                format!(
                    r#"{{"crv":"P-256","kty":"EC","x":"{}","y":"{}"}}"#,
                    encode(x),
                    encode(y)
                )
            }
            Numbers::Ed25519(x) => {
                format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, encode(x))
            }
            Numbers::Rsa { n, e } => {
                format!(r#"{{"e":"{}","kty":"RSA","n":"{}"}}"#, encode(e), encode(n))
            }
        };
        encode(digest(&SHA256, json.as_bytes()).as_ref())
    }
}

impl Numbers {
    const fn fit(&self, algorithm: SigningAlgorithm) -> bool {
        use SigningAlgorithm as A;
        matches!(
            (self, algorithm),
            (Self::P256(_), A::Es256)
                | (Self::Ed25519(_), A::EdDsa | A::Ed25519)
                | (Self::Rsa { .. }, A::Rs256 | A::Ps256)
        )
    }
}

/// The keys that a client registered.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct KeySet(Vec<Jwk>);

impl KeySet {
    /// Reads a set of keys (RFC 7517, section 5). A key that is not accepted is left out.
    #[must_use]
    pub fn parse(json: &str) -> Self {
        let document: Option<Value> = serde_json::from_str(json).ok();
        let keys = document.as_ref().and_then(|document| document.get("keys"));
        let keys = keys.and_then(Value::as_array).into_iter().flatten();
        let keys = keys.filter_map(|key| {
            Members::deserialize(key)
                .ok()
                .and_then(|key| Jwk::of(key).ok())
        });
        Self(keys.collect())
    }

    /// Returns the keys that a header may mean: those of the algorithm, and of the name if it gives
    /// one (RFC 7515, section 4.1.4).
    pub fn candidates<'a>(
        &'a self,
        kid: Option<&'a str>,
        algorithm: SigningAlgorithm,
    ) -> impl Iterator<Item = &'a Jwk> {
        let named = move |key: &Jwk| kid.is_none() || key.kid.as_deref() == kid;
        self.0
            .iter()
            .filter(move |key| key.fits(algorithm) && named(key))
    }
}

#[cfg(test)]
mod tests;
