//! What clients record about API keys and signed requests.

use std::time::Duration;

use super::{Span, TokenNumber};

/// The index of an API key in [`super::History::api_keys`].
pub(crate) type ApiKeyNumber = usize;

/// A quarantine of an API key.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hold {
    pub(crate) key: ApiKeyNumber,
    /// When it was requested.
    pub(crate) asked: Duration,
    /// When the call returned; `None` if it was given up.
    pub(crate) from: Option<Duration>,
    /// When the release was requested, or when somebody else may have released the key.
    pub(crate) until: Duration,
}

impl Hold {
    /// Returns whether the key was certainly in quarantine for the whole of a span.
    pub(crate) fn covers(&self, span: Span) -> bool {
        self.from.is_some_and(|from| from < span.start) && span.end < self.until
    }
}

/// A request that is signed, as it is on the wire.
#[derive(Clone, Debug)]
pub(crate) struct SignedRequest {
    pub(crate) bytes: String,
    /// The path.
    pub(crate) path: &'static str,
    /// The secret with which it is signed.
    pub(crate) secret: TokenNumber,
}

/// A signed request that was sent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NonceUse {
    /// The index in [`super::History::signed`].
    pub(crate) request: usize,
    pub(crate) at: Span,
    pub(crate) node: usize,
    /// The status of the answer; `None` if there was no answer.
    pub(crate) status: Option<u16>,
}
