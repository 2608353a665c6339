//! Why a proof is refused.

use super::Nonce;

/// Why a proof is refused. The display is for the person who reads the client's log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// The request has no proof, although it needs one.
    #[error("The request has no DPoP header, and this needs a proof")]
    Missing,
    /// The request has two proofs.
    #[error("The request has more than one DPoP header")]
    Several,
    /// The text is no signed JWT, or its header or claims are not those of a proof.
    #[error("The DPoP header is no proof: a JWT of type dpop+jwt with jwk, jti, htm, htu and iat")]
    Malformed,
    /// Its own key did not sign it.
    #[error("The signature of the DPoP proof is wrong")]
    Signature,
    /// `htm` is not the method of the request.
    #[error("htm of the DPoP proof is not the method of this request")]
    Method,
    /// `htu` is not the URL of the request.
    #[error("htu of the DPoP proof is not the URL of this request")]
    Url,
    /// `iat` is more than a minute away.
    #[error("iat of the DPoP proof is more than 60 seconds away; check the clock")]
    Time,
    /// `ath` is absent, or not the hash of the access token.
    #[error("ath of the DPoP proof is not the hash of the access token")]
    AccessToken,
    /// The proof was used before, or it is so old that this cannot be known any more.
    #[error("The DPoP proof was used before; make one for each request")]
    Again,
    /// The proof lacks the nonce that this service requires, which is this one.
    #[error("The DPoP proof needs the nonce of the header DPoP-Nonce")]
    Nonce(Nonce),
    /// The key of the proof is not the one that the token is bound to.
    #[error("The access token is bound to another key than that of the DPoP proof")]
    OtherKey,
    /// The token is bound to a key, and was sent as `Bearer`.
    #[error("The access token is bound to a key; send it as DPoP, with a proof")]
    Unproven,
    /// The token is bound to no key, and was sent as `DPoP`.
    #[error("The access token is bound to no key; send it as Bearer")]
    NotBound,
}

impl ProofError {
    /// Returns the code of the error (RFC 9449, sections 5, 7.1 and 8).
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Nonce(_) => "use_dpop_nonce",
            Self::OtherKey | Self::Unproven | Self::NotBound => "invalid_token",
            _ => "invalid_dpop_proof",
        }
    }

    /// Returns the nonce that the next proof must have. `None` if a nonce is not what it lacks.
    #[must_use]
    pub const fn nonce(self) -> Option<Nonce> {
        match self {
            Self::Nonce(nonce) => Some(nonce),
            _ => None,
        }
    }
}
