//! How long sessions on the pages of the platform last.

use super::{PlatformSession, SessionState};
use crate::app::App;
use crate::base::Timestamp;
use crate::session::{Lives, REQUEST_LIFETIME};

impl Lives {
    /// Returns how long sessions on the pages of the platform last.
    #[must_use]
    pub fn of_platform(app: &App) -> Self {
        Self {
            idle: app.settings.console.platform_session_idle,
            lifetime: app.settings.console.platform_session_lifetime,
        }
    }
}

impl PlatformSession {
    /// Returns when the session ends, unless it is used before.
    #[must_use]
    pub fn idle_until(&self, lives: Lives) -> Timestamp {
        self.last_seen_at.plus(lives.idle).min(self.ends_at(lives))
    }

    /// Returns when the session ends at the latest.
    #[must_use]
    pub fn ends_at(&self, lives: Lives) -> Timestamp {
        self.signed_in_at.plus(match self.state {
            SessionState::SecondFactor => lives.lifetime.min(REQUEST_LIFETIME),
            SessionState::SignedIn => lives.lifetime,
        })
    }
}
