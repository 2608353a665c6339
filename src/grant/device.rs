//! Device codes (RFC 8628): a device asks again and again until an operator has answered in a
//! browser, and receives tokens once.
//!
//! The laws: a code is answered at most once, and yields tokens at most once; both only within its
//! lifetime; to another client it looks like an unknown code; a client that asks too fast must wait
//! longer from then on.
//!
//! # In the database
//!
//! A code is found by its SHA-256, and by that of the user code. Each transition is one statement:
//!
//! ```sql
//! UPDATE device_codes SET state = 'allowed', … -- or 'refused'
//!   WHERE organization_id = ? AND digest = ? AND state = 'pending' AND expires_at > :now
//! UPDATE device_codes SET state = 'redeemed'
//!   WHERE organization_id = ? AND digest = ? AND state = 'allowed' AND expires_at > :now
//! UPDATE device_codes SET last_poll_at = :now, poll_seconds = :interval
//!   WHERE organization_id = ? AND digest = ? AND state = 'pending' AND last_poll_at = :seen
//! ```
//!
//! If no row changed, another call was quicker: the row is read and judged again. So of two polls at
//! once, on whatever nodes, the second sees the first.

use std::time::Duration;

use crate::base::words::words;
use crate::base::{ClientId, Timestamp};

/// How much longer a client must wait between two polls after each poll that came too early (RFC
/// 8628, section 3.5).
const SLOWER: Duration = Duration::from_secs(5);

words! {
    /// What became of a device code.
    pub enum DeviceState {
        /// Nobody has answered yet.
        Pending = "pending",
        /// An operator allowed it.
        Allowed = "allowed",
        /// An operator refused it.
        Refused = "refused",
        /// It yielded tokens.
        Redeemed = "redeemed",
    }
}

/// A device code as it is stored, without what it stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceCode {
    /// The client that it was issued to.
    pub client: ClientId,
    /// What became of it.
    pub state: DeviceState,
    /// The time that the client must leave between two polls.
    pub interval: Duration,
    /// The last poll; `None` if there was none.
    pub last_poll_at: Option<Timestamp>,
    /// When it expires.
    pub expires_at: Timestamp,
}

/// The result of a poll.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Poll {
    /// The code is used up, and tokens are issued.
    Yield,
    /// Nobody has answered yet: `authorization_pending`.
    Wait,
    /// Nobody has answered yet, and the client asks too fast: `slow_down`.
    SlowDown,
    /// An operator refused: `access_denied`.
    Denied,
    /// The code has expired: `expired_token`.
    Expired,
    /// It yielded tokens before, or is another client's: `invalid_grant`.
    Refuse,
}

impl DeviceCode {
    /// Returns the result of a poll by `client`, which has authenticated.
    #[must_use]
    pub fn poll(&self, client: &ClientId, now: Timestamp) -> Poll {
        if self.client != *client {
            return Poll::Refuse;
        }
        match self.state {
            DeviceState::Redeemed => Poll::Refuse,
            _ if self.expires_at <= now => Poll::Expired,
            DeviceState::Refused => Poll::Denied,
            DeviceState::Allowed => Poll::Yield,
            DeviceState::Pending if self.is_too_early(now) => Poll::SlowDown,
            DeviceState::Pending => Poll::Wait,
        }
    }

    /// Returns the code after a poll.
    #[must_use]
    pub fn after(mut self, outcome: Poll, now: Timestamp) -> Self {
        match outcome {
            Poll::Yield => self.state = DeviceState::Redeemed,
            Poll::Wait => self.last_poll_at = Some(now),
            Poll::SlowDown => {
                self.last_poll_at = Some(now);
                self.interval += SLOWER;
            }
            Poll::Denied | Poll::Expired | Poll::Refuse => {}
        }
        self
    }

    /// Whether an operator may still answer.
    #[must_use]
    pub fn may_be_answered(&self, now: Timestamp) -> bool {
        self.state == DeviceState::Pending && now < self.expires_at
    }

    /// Whether a poll comes sooner than the interval after the last one.
    fn is_too_early(&self, now: Timestamp) -> bool {
        let last = self.last_poll_at;
        last.is_some_and(|last| now < last.plus(self.interval))
    }
}

#[cfg(test)]
mod tests;
