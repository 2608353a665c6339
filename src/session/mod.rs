//! Browser sessions: an operator has signed in on the pages of `/oauth`. Sessions are in the
//! database, so every node finds them, and a restart ends none. `console/` has the sessions of the
//! console.
//!
//! - A cookie identifies the browser. The database has the digest of the cookie only. A browser in
//!   which nobody has signed in has a cookie and no row.
//! - The cookie's value changes at each sign-in and sign-out. An attacker who planted or saw the
//!   earlier value cannot use it afterwards.
//! - A session is valid while its row is there, its times have not passed, no entry of the feed
//!   revokes it, and its operator is active.

pub mod console;
pub mod cookie;
mod drawn;
mod end_others;
mod find;
pub mod job;
mod open;
mod pushed;
mod request;
pub mod store;

pub use cookie::Browser;
pub use end_others::end_others;
pub use find::{Found, SessionError, find};
pub use open::{Opening, end, open};
pub use pushed::{MOST_PUSHED, MOST_PUSHED_OF_NETWORK, PushedRequest, RequestUri};
pub use request::{PageRequest, REQUEST_LIFETIME, Stage};

use std::time::Duration;

use crate::base::words::words;
use crate::base::{OperatorId, OrganizationId, Sequence, Timestamp, TokenId};
use crate::token::{Claims, SessionVia, TokenUse};

words! {
    /// How far the sign-in of a browser session has come.
    pub enum SessionState {
        /// The password was right, and the second factor is missing.
        SecondFactor = "second_factor",
        /// The operator has signed in.
        SignedIn = "signed_in",
    }
}

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

/// How long sessions last.
#[derive(Debug, Clone, Copy)]
pub struct Lives {
    /// How long a session may be idle.
    pub idle: Duration,
    /// How long a session lasts at most.
    pub lifetime: Duration,
}

/// The longest time between two visits of a browser that are written down.
const SEEN_EVERY: Duration = Duration::from_mins(1);

impl Lives {
    /// Returns the time between two visits of a browser that are written down. It is a small part
    /// of the idle time, so a session that is in use never becomes idle.
    #[must_use]
    pub fn seen_every(self) -> Duration {
        SEEN_EVERY.min(self.idle / 4)
    }
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
                expires_at: self.ends_at(lives),
                via: SessionVia::Password,
            },
        }
    }

    /// Returns whether the session was idle for too long, or has reached its lifetime.
    #[must_use]
    pub fn is_over(&self, lives: Lives, now: Timestamp) -> bool {
        let idle_until = self.last_seen_at.plus(lives.idle);
        now >= idle_until || now >= self.ends_at(lives)
    }

    /// Returns whether the operator has signed in.
    #[must_use]
    pub const fn is_signed_in(&self) -> bool {
        matches!(self.state, SessionState::SignedIn)
    }

    fn ends_at(&self, lives: Lives) -> Timestamp {
        self.signed_in_at.plus(match self.state {
            SessionState::SecondFactor => lives.lifetime.min(REQUEST_LIFETIME),
            SessionState::SignedIn => lives.lifetime,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::from_seconds(1_800_000_000);

    fn session(state: SessionState) -> BrowserSession {
        BrowserSession {
            sid: TokenId::generate(START),
            organization: OrganizationId(1),
            operator: OperatorId(31),
            rev: Sequence(7),
            state,
            amr: BY_PASSWORD.to_owned(),
            signed_in_at: START,
            last_seen_at: START,
        }
    }

    #[test]
    fn a_session_ends_when_it_is_idle_and_when_it_is_old() {
        let (hour, lives) = (
            Duration::from_hours(1),
            Lives {
                idle: Duration::from_hours(1),
                lifetime: Duration::from_hours(12),
            },
        );
        let mut session = session(SessionState::SignedIn);
        let almost = START.plus(Duration::from_micros(3_599_999_999));
        assert!(!session.is_over(lives, almost) && session.is_over(lives, START.plus(hour)));
        session.last_seen_at = START.plus(Duration::from_secs(12 * 3_600 - 1));
        assert!(!session.is_over(lives, session.last_seen_at));
        assert!(session.is_over(lives, START.plus(hour * 12)));
        let claims = session.claims(lives);
        assert_eq!(claims.expires_at(), Some(START.plus(hour * 12)));
    }

    #[test]
    fn a_visit_is_written_down_before_the_session_is_idle() {
        let lives = |idle| Lives {
            idle,
            lifetime: Duration::from_hours(12),
        };
        for (idle, every) in [(1, 250), (60, 15_000), (240, 60_000), (3_600, 60_000)] {
            let lives = lives(Duration::from_secs(idle));
            assert_eq!(lives.seen_every(), Duration::from_millis(every), "{idle}");
        }
    }

    #[test]
    fn a_session_without_its_second_factor_does_not_last() {
        let lives = Lives {
            idle: Duration::from_hours(1),
            lifetime: Duration::from_hours(12),
        };
        let session = session(SessionState::SecondFactor);
        assert!(session.is_over(lives, START.plus(REQUEST_LIFETIME)));
    }
}
