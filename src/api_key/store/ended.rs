//! When a text or a signing secret ended, as it is stored.

use crate::base::Timestamp;

/// Returns the end of a text or secret that ends at once: as long before 1970 as `now` is after it.
/// So it has ended by every clock, also that of a node that is days behind, and the purge still finds
/// out when it ended.
pub(in crate::api_key) fn ended_at_once(now: Timestamp) -> Timestamp {
    Timestamp::from_micros(now.as_micros().max(1).saturating_neg())
}

/// Returns the two ranges of ends that are before `horizon`: those that came with time, and those of
/// [`ended_at_once`]. Each is its beginning, which belongs to it, and its end, which does not.
pub(super) fn ended_before(horizon: Timestamp) -> [(Timestamp, Timestamp); 2] {
    let zero = Timestamp::from_micros(0);
    let mirrored = Timestamp::from_micros(horizon.as_micros().saturating_neg().saturating_add(1));
    [(zero, horizon), (mirrored, zero)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_ends_at_once_has_ended_by_every_clock_and_is_purged_in_its_time(
            ended in 1i64..4_000_000_000_000_000,
            clock in 0i64..4_000_000_000_000_000,
            horizon in 1i64..4_000_000_000_000_000,
        ) {
            let end = ended_at_once(Timestamp::from_micros(ended));
            prop_assert!(end <= Timestamp::from_micros(clock));
            let ranges = ended_before(Timestamp::from_micros(horizon));
            let is_in = |end: Timestamp| ranges.iter().any(|(from, to)| *from <= end && end < *to);
            prop_assert_eq!(is_in(end), ended < horizon);
            prop_assert_eq!(is_in(Timestamp::from_micros(ended)), ended < horizon);
        }
    }
}
