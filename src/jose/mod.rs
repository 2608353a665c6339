//! JWTs that clients sign with keys of their own (RFC 7515): client assertions and DPoP proofs.
//!
//! The law: the key and the algorithm belong together. A text is verified with a key that fits the
//! algorithm of its header, by one of five asymmetric algorithms; there is no `none` and no HMAC, and
//! a header that names critical extensions (`crit`) is refused. Nothing that a header names is
//! fetched (`jku`, `x5u`). These are pure functions.

mod algorithm;
mod claims;
mod key;
mod signed;
#[cfg(test)]
pub(crate) mod signer;

pub use algorithm::SigningAlgorithm;
pub use claims::Seconds;
pub use key::{Jwk, KeySet};
pub use signed::{LONGEST, SignedJwt, Unacceptable};
