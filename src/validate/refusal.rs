//! Why a token is not accepted.

use crate::token::Claims;

/// Why a token is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The text is not a token of this service: it is malformed, unsigned, altered, of another
    /// issuer or of the wrong kind.
    Invalid,
    /// The token has expired (RFC 7519, 4.1.4), or rotation set an earlier end, which has passed.
    Expired(Claims),
    /// An entry of the feed revokes the token. A token that is both expired and revoked is reported
    /// as revoked.
    Revoked(Claims),
    /// This node's lease has expired, so it cannot decide.
    Stale,
    /// The token names a sequence that this node has not applied yet, so it cannot decide before it
    /// has ([`crate::feed::Feed::catch_up_to`]).
    Ahead(Claims),
}
