//! The floor: values below it are refused, because their rows may be deleted.

use std::time::Duration;

use super::Bucket;
use crate::uptime::{EVERY, Ticks};

/// The floor reaches an instant only after the instant has been over for this much uptime.
const OVER: Duration = Duration::from_hours(2);

/// The least uptime between two rises. Ticks are one hour apart, so more than one hour has really
/// passed between the transactions that see them.
const BETWEEN: Duration = EVERY.saturating_mul(2);

/// The floor as it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Floor {
    /// Values of this bucket and of earlier ones are refused.
    pub(super) bucket: Bucket,
    /// Values of this bucket and of earlier ones may be deleted. This is what `bucket` was before
    /// it was last raised.
    pub(super) settled: Bucket,
    /// The uptime of the newest tick at the time of the last rise.
    pub(super) uptime: Duration,
}

impl Floor {
    /// Returns the floor after these ticks: raised, or unchanged.
    pub(super) fn raise(self, ticks: &Ticks) -> Self {
        let Some(last) = ticks.last() else {
            return self;
        };
        if last.uptime < self.uptime + BETWEEN {
            return self;
        }
        let over = ticks.over_for(OVER).map_or(self.bucket, Bucket::over_at);
        Self {
            bucket: self.bucket.max(over),
            settled: self.bucket,
            uptime: last.uptime,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Sequence, Timestamp};
    use crate::uptime::Tick;
    use proptest::prelude::*;
    use std::collections::HashSet;

    /// A step of a history.
    #[derive(Debug, Clone, Copy)]
    enum Step {
        /// A call with a value begins: its statement reads the floor.
        Begin(u8),
        /// The oldest call in progress inserts its row, or finds it.
        End,
        /// An hour of uptime passes. The clock that writes the tick may show any time.
        Tick(i64),
        /// The job runs: it raises the floor and deletes rows.
        Purge,
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            4 => (0u8..4).prop_map(Step::Begin),
            4 => Just(Step::End),
            2 => (0i64..40).prop_map(Step::Tick),
            2 => Just(Step::Purge),
        ]
    }

    proptest! {
        /// The law, with every call split between its read and its write. A call lasts less than an
        /// hour.
        #[test]
        fn a_value_is_used_once_however_calls_and_purges_interleave(steps in prop::collection::vec(step(), 0..200)) {
            let until = |value: u8| Bucket::of(Timestamp::from_seconds(3_600 * i64::from(value * 3)));
            let mut ticks = Vec::new();
            let mut floor = Floor { bucket: Bucket(0), settled: Bucket(0), uptime: Duration::ZERO };
            let (mut under_way, mut rows, mut used) = (Vec::new(), HashSet::new(), HashSet::new());
            for step in steps {
                match step {
                    Step::Begin(value) => under_way.push((value, floor.bucket, ticks.len())),
                    Step::End => {
                        if under_way.is_empty() {
                            continue;
                        }
                        let (value, seen, _) = under_way.remove(0);
                        if until(value) > seen && rows.insert(value) {
                            prop_assert!(used.insert(value), "{value} twice");
                        }
                    }
                    Step::Tick(hour) => {
                        let seq = i64::try_from(ticks.len()).unwrap();
                        ticks.push(Tick {
                            seq: Sequence(seq),
                            uptime: EVERY * u32::try_from(seq).unwrap(),
                            at: Timestamp::from_seconds(hour * 3_600),
                            audit_id: 0,
                        });
                        // After two ticks, a call has lasted for at least an hour: it was aborted.
                        under_way.retain(|(_, _, begun)| ticks.len() < begun + 2);
                    }
                    Step::Purge => {
                        let raised = floor.raise(&Ticks::new(ticks.clone()));
                        prop_assert!(raised.bucket >= floor.bucket && raised.settled >= floor.settled);
                        prop_assert!(raised.settled <= raised.bucket);
                        floor = raised;
                        rows.retain(|value| until(*value) > floor.settled);
                    }
                }
            }
        }

        /// A clock that is ahead for less than two hours of uptime refuses nothing.
        #[test]
        fn the_floor_stays_two_hours_behind(hours in 3u32..60, ahead in 0usize..60, by in 0i64..1_000_000) {
            let tick = |hour: u32| {
                let wrong = if hour == u32::try_from(ahead).unwrap() && hour != hours { by } else { 0 };
                Tick {
                    seq: Sequence(i64::from(hour)),
                    uptime: EVERY * hour,
                    at: Timestamp::from_seconds(3_600 * i64::from(hour) + wrong),
                    audit_id: 0,
                }
            };
            let ticks = Ticks::new((0..=hours).map(tick).collect());
            let floor = Floor { bucket: Bucket(0), settled: Bucket(0), uptime: Duration::ZERO };
            let now = Timestamp::from_seconds(3_600 * i64::from(hours));
            let raised = floor.raise(&ticks);
            prop_assert!(raised.bucket < Bucket::of(now.minus(Duration::from_mins(50))), "{:?}", raised);
        }
    }
}
