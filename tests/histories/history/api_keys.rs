//! What clients record about API keys, and about requests with something that is accepted once.

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

/// What a request has that is accepted once, on all nodes together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Once {
    /// The nonce of a request that is signed with this secret of an API key.
    Nonce(TokenNumber),
    /// A DPoP proof.
    Proof,
    /// An assertion, with which a client authenticates.
    Assertion,
}

impl Once {
    /// Its words, for messages.
    pub(crate) const WORDS: [&'static str; 3] = ["nonce", "proof", "assertion"];

    /// Returns its word.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Nonce(_) => Self::WORDS[0],
            Self::Proof => Self::WORDS[1],
            Self::Assertion => Self::WORDS[2],
        }
    }

    /// Returns the status of the answer if it was used before, or if by the node's clock it is too
    /// old or too new. It is that of a key that is refused, too.
    pub(crate) const fn refused(self) -> u16 {
        match self {
            Self::Nonce(_) | Self::Assertion => 401,
            Self::Proof => 400,
        }
    }
}

/// A request that is signed, as it is on the wire.
#[derive(Clone, Debug)]
pub(crate) struct SignedRequest {
    pub(crate) bytes: String,
    pub(crate) method: &'static str,
    /// The path.
    pub(crate) path: &'static str,
    pub(crate) once: Once,
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
