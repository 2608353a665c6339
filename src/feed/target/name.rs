//! The ids that stand for a target: in the columns of the feed, and in the messages of webhooks.

use crate::base::{ApiKeyId, GrantId, KeyId, OperatorId, TokenId};

/// How an entry names its target, by the columns of the feed. A later kind of target uses the
/// column of the same width: its index covers both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::feed) struct Name {
    /// An id of 128 bits.
    pub(in crate::feed) jti: Option<TokenId>,
    /// A number.
    pub(in crate::feed) operator: Option<OperatorId>,
    /// The name of a signing key.
    pub(in crate::feed) kid: Option<KeyId>,
}

/// The ids of a target that webhooks send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::feed) struct Sent {
    /// The token or session, the operator and the signing key.
    pub(in crate::feed) name: Name,
    /// The grant.
    pub(in crate::feed) grant: Option<GrantId>,
    /// The API key.
    pub(in crate::feed) api_key: Option<ApiKeyId>,
}
