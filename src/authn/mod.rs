//! Authentication: finds out who sends a request. Each scheme has a file. Of a request, only the
//! headers are read ([`Headers`]), so this works with any HTTP library.

mod api_key;
mod authenticate;
mod bearer;
pub mod dpop;
mod opaque;
mod outcome;
mod presented;
mod principal;
mod rights;
pub mod signature;

pub use authenticate::{Authenticator, RequestLine, authenticate, authenticate_again};
pub use outcome::{Answer, Lookup, Outcome};
pub use presented::{Presented, Scheme, presented};
pub use principal::{Principal, Proof};
pub use rights::Rights;

use crate::base::Sequence;

/// A header that can carry a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CredentialHeader {
    /// `Authorization` (RFC 9110, section 11.6.2).
    Authorization,
    /// `X-Authorization-Key` (guide 002).
    AuthorizationKey,
    /// `X-API-Key` (guide 000).
    ApiKey,
    /// `DPoP` (RFC 9449, section 4.1): no credential, but the proof beside one.
    Dpop,
}

/// The headers of a request.
pub trait Headers {
    /// Returns the values of a header, in the order in which they were sent.
    fn values(&self, header: CredentialHeader) -> impl Iterator<Item = &[u8]>;
}

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
