//! Why a credential is refused.

use super::{dpop, signature};
use crate::base::Sequence;

/// Why a credential is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// The request has two different credentials.
    Ambiguous,
    /// `Authorization` has another scheme than `Bearer` and `DPoP`, or no credential after it.
    WrongScheme,
    /// The credential is malformed or unknown.
    Invalid,
    /// The credential has expired.
    Expired,
    /// The credential was revoked, whether or not it has expired too.
    Revoked,
    /// The credential lacks the proof that it needs (RFC 9449).
    Dpop(dpop::ProofError),
    /// The signature of the request is wrong, or the credential needs one (RFC 9421).
    Signature(signature::SignatureError),
    /// The organization used too many proofs or nonces within five minutes.
    Full,
    /// This node has lost its lease, so it may lack revocations.
    Stale,
    /// The record of the credential is in the database, which cannot be reached.
    Unavailable,
    /// The credential names a sequence of the feed that this node has not applied. Once the node
    /// has applied it, the credential can be judged.
    Ahead(Sequence),
}
