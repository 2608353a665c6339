//! Delivery of messages, at least once. After each failure the wait until the next attempt grows,
//! and after the last attempt the message is given up.

mod dispatcher;
mod outcome;
mod rounds;
mod store;

pub use dispatcher::Dispatcher;
pub use store::deliveries;
pub(super) use store::{abandon, purge, retry};

use std::time::Duration;

use crate::base::Timestamp;
use crate::outbox::{DeliveryStatus, EventKind};

/// A message, as the owner of its endpoint sees it.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// Its id, which is the same at every attempt.
    pub id: String,
    /// The event that it reports.
    pub event: EventKind,
    /// The state of its delivery.
    pub status: DeliveryStatus,
    /// The number of attempts so far.
    pub attempts: i64,
    /// When the next attempt is due; `None` if there is none.
    pub due_at: Option<Timestamp>,
    /// When the last attempt was made; `None` if there was none.
    pub attempted_at: Option<Timestamp>,
    /// The outcome of the last attempt: a status, or why there was none. `None` if there was no
    /// attempt.
    pub outcome: Option<String>,
    /// When it was written.
    pub created_at: Timestamp,
    /// What is sent.
    pub body: String,
}

/// The meaning of a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Meaning {
    /// The message has arrived.
    Taken,
    /// The endpoint does not want further messages.
    Gone,
    /// The message must be sent again.
    Again,
}

impl Meaning {
    /// Returns the meaning of a status. A redirect is a failure: it is not followed.
    const fn of(status: u16) -> Self {
        match status {
            200..=299 => Self::Taken,
            410 => Self::Gone,
            _ => Self::Again,
        }
    }
}

/// The wait after each attempt, as Standard Webhooks suggests; later attempts use the last one.
/// Eight attempts take 27 h 35 min 5 s, plus jitter.
const WAITS: [Duration; 7] = [
    Duration::from_secs(5),
    Duration::from_mins(5),
    Duration::from_mins(30),
    Duration::from_hours(2),
    Duration::from_hours(5),
    Duration::from_hours(10),
    Duration::from_hours(10),
];

/// The longest possible wait: the last of the table, plus one fifth.
const LONGEST_WAIT: Duration = Duration::from_hours(12);

/// Returns how long to wait after attempt number `attempt` (from 1): the wait of the table, or
/// `retry_after` (the endpoint's `Retry-After`) if that is longer, but at most the last wait of the
/// table. `dice` adds up to one fifth as jitter, so that messages that failed together are not sent
/// again together.
fn wait_after(attempt: i64, retry_after: Option<Duration>, dice: u8) -> Duration {
    let place = usize::try_from(attempt.saturating_sub(1)).unwrap_or_default();
    let [.., last] = WAITS;
    let wait = WAITS.get(place).copied().unwrap_or(last);
    let wait = wait.max(retry_after.unwrap_or_default().min(last));
    wait + wait * u32::from(dice) / (5 * 255)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn eight_attempts_take_some_28_hours() {
        let waits = |dice| {
            (1..8)
                .map(|attempt| wait_after(attempt, None, dice))
                .sum::<Duration>()
        };
        assert_eq!(waits(0), Duration::from_secs(27 * 3_600 + 35 * 60 + 5));
        assert_eq!(waits(255), waits(0) + waits(0) / 5);
    }

    proptest! {
        #[test]
        fn waits_only_ever_grow(attempt in 1i64..6, dice in any::<u8>(), next in any::<u8>()) {
            prop_assert!(wait_after(attempt, None, dice) < wait_after(attempt + 1, None, next));
            prop_assert!(wait_after(i64::MAX, None, dice) <= LONGEST_WAIT);
        }

        #[test]
        fn retry_after_is_kept(attempt in 1i64..20, retry_after in any::<u64>(), dice in any::<u8>()) {
            let retry_after = Duration::from_secs(retry_after);
            let wait = wait_after(attempt, Some(retry_after), dice);
            prop_assert!(wait >= retry_after.min(Duration::from_hours(10)));
            prop_assert!(wait >= wait_after(attempt, None, dice));
            prop_assert!(wait <= LONGEST_WAIT);
        }

        #[test]
        fn only_a_success_is_an_arrival(status in 100u16..600) {
            prop_assert_eq!(Meaning::of(status) == Meaning::Taken, status / 100 == 2);
        }
    }
}
