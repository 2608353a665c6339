//! The algorithms that clients may sign with.

use crate::base::words::words;

words! {
    /// An algorithm of client assertions and of DPoP proofs.
    pub enum SigningAlgorithm {
        /// ECDSA on P-256 with SHA-256 (RFC 7518, section 3.4).
        Es256 = "ES256",
        /// Ed25519, by the name of RFC 8037, section 3.1.
        EdDsa = "EdDSA",
        /// Ed25519, by the name of RFC 9864, section 2.2.
        Ed25519 = "Ed25519",
        /// RSASSA-PKCS1-v1_5 with SHA-256 (RFC 7518, section 3.3).
        Rs256 = "RS256",
        /// RSASSA-PSS with SHA-256 (RFC 7518, section 3.5).
        Ps256 = "PS256",
    }
}

impl SigningAlgorithm {
    /// The names of all algorithms, as the metadata document lists them.
    pub const NAMES: [&'static str; 5] = [
        Self::Es256.as_str(),
        Self::EdDsa.as_str(),
        Self::Ed25519.as_str(),
        Self::Rs256.as_str(),
        Self::Ps256.as_str(),
    ];
}
