//! DPoP (RFC 9449): proofs that a caller has the private half of the key that its tokens are bound
//! to.
//!
//! [`read`] finds the proof of a request, [`check`] judges it as a pure function, and [`use_once`]
//! makes sure that it is accepted once on all nodes. A proof is used only after everything else is
//! right, so nobody can use up another caller's proof, or fill the memory of used proofs with wrong
//! ones.

mod check;
mod error;
mod nonce;
mod read;
mod scheme;
mod url;
mod used;

pub use check::{CheckedProof, Expected, check};
pub use error::ProofError;
pub use nonce::{Nonce, Nonces};
pub use read::{Proof, read};
pub use url::same_url;
pub use used::{UseError, WAIT, use_once};

pub(super) use scheme::look_up;
