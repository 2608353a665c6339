//! A session on the pages of the platform.

use crate::base::{PlatformAdminId, Timestamp, TokenId};
use crate::session::Lives;
pub(super) use crate::session::SessionState;

/// A session on the pages of the platform.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlatformSession {
    /// Its id.
    pub id: TokenId,
    /// The admin.
    pub admin: PlatformAdminId,
    /// How far the sign-in has come.
    pub state: SessionState,
    /// When the admin signed in, in whole seconds.
    pub signed_in_at: Timestamp,
    /// When the session was last used. It is written down every [`Lives::seen_every`].
    pub last_seen_at: Timestamp,
    /// When the admin last proved who it is.
    pub authenticated_at: Timestamp,
    /// The address from which the admin signed in.
    pub address: Option<String>,
    /// What the browser said it is (`User-Agent`).
    pub agent: Option<String>,
}

impl PlatformSession {
    /// Returns when the session ends, unless it is used before.
    #[must_use]
    pub fn idle_until(&self, lives: Lives) -> Timestamp {
        lives.idle_until(self.state, self.signed_in_at, self.last_seen_at)
    }

    /// Returns when the session ends at the latest.
    #[must_use]
    pub fn ends_at(&self, lives: Lives) -> Timestamp {
        lives.ends_at(self.state, self.signed_in_at)
    }

    /// Returns whether the admin has signed in.
    #[must_use]
    pub const fn is_signed_in(&self) -> bool {
        matches!(self.state, SessionState::SignedIn)
    }
}
