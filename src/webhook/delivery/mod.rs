//! Delivering: at least once, ever later after each failure, until it is given up.

mod dispatcher;
mod outcome;
mod rounds;
mod store;

pub use dispatcher::Dispatcher;
pub use store::deliveries;
pub(super) use store::{abandon, purge};

use std::time::Duration;

use crate::base::Timestamp;
use crate::outbox::{DeliveryStatus, EventKind};

/// A message, as its endpoint's owner sees it.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// Its id, the same at every attempt.
    pub id: String,
    /// What it tells of.
    pub event: EventKind,
    /// Where it stands.
    pub status: DeliveryStatus,
    /// How often it was tried.
    pub attempts: i64,
    /// When it is to be tried next.
    pub due_at: Option<Timestamp>,
    /// When it was last tried.
    pub attempted_at: Option<Timestamp>,
    /// What came of that: a status, or why there was none.
    pub outcome: Option<String>,
    /// When it was written.
    pub created_at: Timestamp,
}

/// What an answer means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Meaning {
    /// The message has arrived.
    Taken,
    /// The endpoint wants no message any more.
    Gone,
    /// It is to be tried again.
    Again,
}

impl Meaning {
    /// Of a status. A redirect is no arrival: it is not followed.
    const fn of(status: u16) -> Self {
        match status {
            200..=299 => Self::Taken,
            410 => Self::Gone,
            _ => Self::Again,
        }
    }
}

/// The waits after each attempt, as Standard Webhooks suggests; after the last of them the same again. Eight attempts take
/// 27 h 35 min and 5 s, jitter aside.
const WAITS: [Duration; 7] = [
    Duration::from_secs(5),
    Duration::from_mins(5),
    Duration::from_mins(30),
    Duration::from_hours(2),
    Duration::from_hours(5),
    Duration::from_hours(10),
    Duration::from_hours(10),
];

/// No wait is longer: the last of the table, and a fifth.
const LONGEST_WAIT: Duration = Duration::from_hours(12);

/// How long to wait after the `attempt`-th attempt (from 1): what the table says, or what the endpoint asked for if that is longer
/// and no longer than the last of the table; and up to a fifth more, by `dice`, so that what failed together does not come back
/// together.
fn wait_after(attempt: i64, asked: Option<Duration>, dice: u8) -> Duration {
    let place = usize::try_from(attempt.saturating_sub(1)).unwrap_or_default();
    let [.., last] = WAITS;
    let wait = WAITS.get(place).copied().unwrap_or(last);
    let wait = wait.max(asked.unwrap_or_default().min(last));
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
        fn who_asks_to_be_left_alone_is(attempt in 1i64..20, asked in any::<u64>(), dice in any::<u8>()) {
            let asked = Duration::from_secs(asked);
            let wait = wait_after(attempt, Some(asked), dice);
            prop_assert!(wait >= asked.min(Duration::from_hours(10)));
            prop_assert!(wait >= wait_after(attempt, None, dice));
            prop_assert!(wait <= LONGEST_WAIT);
        }

        #[test]
        fn only_a_success_is_an_arrival(status in 100u16..600) {
            prop_assert_eq!(Meaning::of(status) == Meaning::Taken, status / 100 == 2);
        }
    }
}
