//! When a session ends: because it was idle for too long, or because it has reached its lifetime. The
//! sessions of browsers, of the console and of the platform end by this rule.

use std::time::Duration;

use super::{REQUEST_LIFETIME, SessionState};
use crate::app::App;
use crate::base::Timestamp;
use crate::config::Console;

/// How long sessions last.
#[derive(Debug, Clone, Copy)]
pub struct Lives {
    /// How long a session may be idle.
    pub idle: Duration,
    /// How long a session lasts at most.
    pub lifetime: Duration,
}

/// The longest time between two uses of a session that are written down.
const SEEN_EVERY: Duration = Duration::from_mins(1);

impl Lives {
    /// Returns how long browser sessions last.
    #[must_use]
    pub fn of_browser(app: &App) -> Self {
        Self {
            idle: app.settings.oauth.session_idle,
            lifetime: app.settings.oauth.session_lifetime,
        }
    }

    /// Returns how long console sessions last.
    #[must_use]
    pub fn of_console(app: &App) -> Self {
        Self::of_console_by(&app.settings.console)
    }

    /// Like [`Lives::of_console`], by a part of the configuration.
    #[must_use]
    pub const fn of_console_by(config: &Console) -> Self {
        Self {
            idle: config.session_idle,
            lifetime: config.session_lifetime,
        }
    }

    /// Returns how long sessions on the pages of the platform last.
    #[must_use]
    pub fn of_platform(app: &App) -> Self {
        Self {
            idle: app.settings.console.platform_session_idle,
            lifetime: app.settings.console.platform_session_lifetime,
        }
    }

    /// Returns the time between two uses of a session that are written down. It is a small part of
    /// the idle time, so a session that is in use never becomes idle.
    #[must_use]
    pub fn seen_every(self) -> Duration {
        SEEN_EVERY.min(self.idle / 4)
    }

    /// Returns when a session ends at the latest. A session that waits for its second factor lasts as
    /// long as a request at most.
    #[must_use]
    pub fn ends_at(self, state: SessionState, signed_in_at: Timestamp) -> Timestamp {
        signed_in_at.plus(match state {
            SessionState::SecondFactor => self.lifetime.min(REQUEST_LIFETIME),
            SessionState::SignedIn => self.lifetime,
        })
    }

    /// Returns when a session ends, unless it is used before.
    #[must_use]
    pub fn idle_until(
        self,
        state: SessionState,
        signed_in_at: Timestamp,
        last_seen_at: Timestamp,
    ) -> Timestamp {
        let idle_until = last_seen_at.plus(self.idle);
        idle_until.min(self.ends_at(state, signed_in_at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::from_seconds(1_800_000_000);

    fn lives(idle: Duration) -> Lives {
        Lives {
            idle,
            lifetime: Duration::from_hours(12),
        }
    }

    #[test]
    fn a_session_ends_when_it_is_idle_and_when_it_is_old() {
        let (hour, state) = (Duration::from_hours(1), SessionState::SignedIn);
        let lives = lives(hour);
        assert_eq!(lives.idle_until(state, START, START), START.plus(hour));
        let end = START.plus(hour * 12);
        assert_eq!(lives.ends_at(state, START), end);
        let late = end.minus(Duration::from_secs(1));
        assert_eq!(lives.idle_until(state, START, late), end);
    }

    #[test]
    fn a_use_is_written_down_before_the_session_is_idle() {
        for (idle, every) in [(1, 250), (60, 15_000), (240, 60_000), (3_600, 60_000)] {
            let lives = lives(Duration::from_secs(idle));
            assert_eq!(lives.seen_every(), Duration::from_millis(every), "{idle}");
        }
    }

    #[test]
    fn a_session_without_its_second_factor_does_not_last() {
        let lives = lives(Duration::from_hours(1));
        let end = lives.ends_at(SessionState::SecondFactor, START);
        assert_eq!(end, START.plus(REQUEST_LIFETIME));
    }
}
