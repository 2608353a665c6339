//! A browser session: an operator that has signed in on the pages of `/oauth`.

use super::{Lives, SessionState};
use crate::base::{OperatorId, OrganizationId, Sequence, Timestamp, TokenId};
use crate::token::{Claims, SessionVia, TokenUse};

/// How an operator signed in with its password alone (RFC 8176).
pub const BY_PASSWORD: &str = "pwd";

/// How an operator signed in with its password and a second factor (RFC 8176).
pub const BY_PASSWORD_AND_CODE: &str = "pwd otp";

/// A browser session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrowserSession {
    /// Its id, the `sid` of ID tokens.
    pub sid: TokenId,
    /// The organization of the operator.
    pub organization: OrganizationId,
    /// The operator.
    pub operator: OperatorId,
    /// The sequence that the node had applied before it read the operator's record.
    pub rev: Sequence,
    /// How far the sign-in has come.
    pub state: SessionState,
    /// How the operator signed in: [`BY_PASSWORD`] or [`BY_PASSWORD_AND_CODE`].
    pub amr: String,
    /// When the operator signed in, in whole seconds. While the second factor is missing: when the
    /// operator sent the right password.
    pub signed_in_at: Timestamp,
    /// When the browser was last seen. It is written down every [`Lives::seen_every`].
    pub last_seen_at: Timestamp,
}

impl BrowserSession {
    /// Returns the claims with which the feed decides whether the session is revoked: those of a
    /// token with the same lifetime.
    #[must_use]
    pub fn claims(&self, lives: Lives) -> Claims {
        Claims {
            jti: self.sid,
            organization: self.organization,
            rev: self.rev,
            issued_at: self.signed_in_at,
            token_use: TokenUse::Session {
                operator: self.operator,
                expires_at: lives.ends_at(self.state, self.signed_in_at),
                via: SessionVia::Password,
            },
        }
    }

    /// Returns when the session ends, unless the browser is seen before.
    #[must_use]
    pub fn idle_until(&self, lives: Lives) -> Timestamp {
        lives.idle_until(self.state, self.signed_in_at, self.last_seen_at)
    }

    /// Returns whether the operator has signed in.
    #[must_use]
    pub const fn is_signed_in(&self) -> bool {
        matches!(self.state, SessionState::SignedIn)
    }
}
