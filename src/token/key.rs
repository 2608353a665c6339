//! Keys that are parsed once. The signers of the library jsonwebtoken parse the key at every call,
//! which takes half of the time of HS256 and a third of that of `EdDSA`. The formats (RFC 7515,
//! 7518, 8037) are the same, and tests compare the two.

use std::fmt;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, ED25519, EcdsaKeyPair,
    Ed25519KeyPair, KeyPair, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256,
    RsaKeyPair, VerificationAlgorithm,
};
use zeroize::Zeroizing;

use super::Algorithm;
use crate::base::random;

/// A key cannot be made, parsed or used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the key's bytes do not fit its algorithm")]
pub struct KeyError;

/// A key that signs.
pub struct SecretKey(Secret);

enum Secret {
    Hs256(Box<hmac::Key>),
    EdDsa(Ed25519KeyPair),
    Es256(EcdsaKeyPair),
    Rs256(Box<RsaKeyPair>),
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretKey({})", self.algorithm())
    }
}

impl SecretKey {
    /// Makes key material for `algorithm`: 32 bytes for HS256 (RFC 7518, 3.2), else PKCS#8; RS256
    /// keys have 2048 bits.
    ///
    /// # Errors
    /// [`KeyError`] if the cryptographic library fails.
    pub fn generate(algorithm: Algorithm) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let pkcs8 = match algorithm {
            Algorithm::Hs256 => return Ok(Zeroizing::new(random::bytes::<32>().to_vec())),
            Algorithm::EdDsa => Ed25519KeyPair::generate().and_then(|key| key.to_pkcs8v1()),
            Algorithm::Es256 => EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)
                .and_then(|key| key.to_pkcs8v1()),
            Algorithm::Rs256 => {
                let key = RsaKeyPair::generate(KeySize::Rsa2048).map_err(|_| KeyError)?;
                let pkcs8: Pkcs8V1Der<'_> = key.as_der().map_err(|_| KeyError)?;
                return Ok(Zeroizing::new(pkcs8.as_ref().to_vec()));
            }
        };
        pkcs8
            .map(|document| Zeroizing::new(document.as_ref().to_vec()))
            .map_err(|_| KeyError)
    }

    /// Parses the bytes that [`SecretKey::generate`] made.
    ///
    /// # Errors
    /// [`KeyError`] if the bytes are no key of that algorithm.
    pub fn parse(algorithm: Algorithm, bytes: &[u8]) -> Result<Self, KeyError> {
        Ok(Self(match algorithm {
            Algorithm::Hs256 if bytes.len() >= 32 => {
                Secret::Hs256(Box::new(hmac::Key::new(hmac::HMAC_SHA256, bytes)))
            }
            Algorithm::Hs256 => return Err(KeyError),
            Algorithm::EdDsa => {
                Secret::EdDsa(Ed25519KeyPair::from_pkcs8(bytes).map_err(|_| KeyError)?)
            }
            Algorithm::Es256 => Secret::Es256(
                EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, bytes)
                    .map_err(|_| KeyError)?,
            ),
            Algorithm::Rs256 => Secret::Rs256(Box::new(
                RsaKeyPair::from_pkcs8(bytes).map_err(|_| KeyError)?,
            )),
        }))
    }

    /// Returns the algorithm of the key, the only one that it is used with.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        match self.0 {
            Secret::Hs256(_) => Algorithm::Hs256,
            Secret::EdDsa(_) => Algorithm::EdDsa,
            Secret::Es256(_) => Algorithm::Es256,
            Secret::Rs256(_) => Algorithm::Rs256,
        }
    }

    /// Returns the signature of `message`, in JOSE's form (RFC 7518, 3).
    ///
    /// # Errors
    /// [`KeyError`] if the cryptographic library fails.
    #[allow(
        clippy::disallowed_methods,
        reason = "the library draws the nonce itself, from this handle"
    )]
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        match &self.0 {
            Secret::Hs256(key) => Ok(hmac::sign(key, message).as_ref().to_vec()),
            Secret::EdDsa(key) => Ok(key.sign(message).as_ref().to_vec()),
            Secret::Es256(key) => {
                let signature = key
                    .sign(&SystemRandom::new(), message)
                    .map_err(|_| KeyError)?;
                Ok(signature.as_ref().to_vec())
            }
            Secret::Rs256(key) => {
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign(
                    &RSA_PKCS1_SHA256,
                    &SystemRandom::new(),
                    message,
                    &mut signature,
                )
                .map_err(|_| KeyError)?;
                Ok(signature)
            }
        }
    }

    /// Returns the half that may be published. `None` for HS256, which has no such half.
    #[must_use]
    pub fn public(&self) -> Option<PublicKey> {
        match &self.0 {
            Secret::Hs256(_) => None,
            Secret::EdDsa(key) => Some(PublicKey::Ed25519(key.public_key().as_ref().to_vec())),
            Secret::Es256(key) => {
                // An uncompressed point (SEC 1, 2.3.3): 0x04, x, y, 32 bytes each.
                let (x, y) = key.public_key().as_ref().get(1..)?.split_at_checked(32)?;
                Some(PublicKey::P256 {
                    x: x.to_vec(),
                    y: y.to_vec(),
                })
            }
            Secret::Rs256(key) => Some(PublicKey::Rsa {
                n: key
                    .public_key()
                    .modulus()
                    .big_endian_without_leading_zero()
                    .to_vec(),
                e: key
                    .public_key()
                    .exponent()
                    .big_endian_without_leading_zero()
                    .to_vec(),
            }),
        }
    }

    /// Returns the half that verifies.
    ///
    /// # Errors
    /// [`KeyError`] if the cryptographic library fails.
    pub fn verifying(&self) -> Result<VerifyingKey, KeyError> {
        match &self.0 {
            Secret::Hs256(key) => Ok(VerifyingKey(Check::Hmac(key.clone()))),
            Secret::EdDsa(key) => VerifyingKey::public(Algorithm::EdDsa, key.public_key().as_ref()),
            Secret::Es256(key) => VerifyingKey::public(Algorithm::Es256, key.public_key().as_ref()),
            Secret::Rs256(key) => VerifyingKey::public(Algorithm::Rs256, key.public_key().as_ref()),
        }
    }
}

/// The half of a key that may be published. Numbers are big-endian bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PublicKey {
    /// The public key (RFC 8037, 2).
    Ed25519(Vec<u8>),
    /// The coordinates (RFC 7518, 6.2).
    P256 {
        /// The x coordinate.
        x: Vec<u8>,
        /// The y coordinate.
        y: Vec<u8>,
    },
    /// The numbers (RFC 7518, 6.3).
    Rsa {
        /// The modulus.
        n: Vec<u8>,
        /// The exponent.
        e: Vec<u8>,
    },
}

/// A key that verifies signatures, bound to its one algorithm.
#[derive(Debug)]
pub struct VerifyingKey(Check);

#[derive(Debug)]
enum Check {
    Hmac(Box<hmac::Key>),
    Public(Box<ParsedPublicKey>),
}

impl VerifyingKey {
    fn public(algorithm: Algorithm, bytes: &[u8]) -> Result<Self, KeyError> {
        let scheme: &'static dyn VerificationAlgorithm = match algorithm {
            Algorithm::Hs256 => return Err(KeyError),
            Algorithm::EdDsa => &ED25519,
            Algorithm::Es256 => &ECDSA_P256_SHA256_FIXED,
            Algorithm::Rs256 => &RSA_PKCS1_2048_8192_SHA256,
        };
        let key = ParsedPublicKey::new(scheme, bytes).map_err(|_| KeyError)?;
        Ok(Self(Check::Public(Box::new(key))))
    }

    /// Returns the public half as a `SubjectPublicKeyInfo` (RFC 5280, 4.1; DER). `None` if the key
    /// is a shared secret.
    #[must_use]
    pub fn public_der(&self) -> Option<Vec<u8>> {
        match &self.0 {
            Check::Hmac(_) => None,
            Check::Public(key) => {
                let der: PublicKeyX509Der<'_> = key.as_der().ok()?;
                Some(der.as_ref().to_vec())
            }
        }
    }

    /// Whether `signature` is the signature of `message` by this key. HMACs are compared in
    /// constant time.
    #[must_use]
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        match &self.0 {
            Check::Hmac(key) => hmac::verify(key, message, signature).is_ok(),
            Check::Public(key) => key.verify_sig(message, signature).is_ok(),
        }
    }
}
