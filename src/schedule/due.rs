//! Decides when a job is due.
//!
//! The invariant: a job is due when |now − last run| ≥ its interval, so a wrong clock can never
//! stop it. The time of the last run is in the database and may come from another node's clock: at
//! worst a job runs one interval early or late. A failed job is retried after a delay that doubles
//! with each failure, up to the interval.

use std::time::Duration;

use crate::base::Timestamp;

/// The last run and the failures of a job.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Record {
    /// Start time of the last successful run; `None` if it never ran. A run that was aborted is not
    /// recorded, so that the next node runs the job again.
    pub ran_at: Option<Timestamp>,
    /// When it last failed; `None` if it has succeeded since.
    pub failed_at: Option<Timestamp>,
    /// The number of failures in a row.
    pub failures: i64,
}

/// The delay after the first failure.
const FIRST_RETRY: Duration = Duration::from_secs(5);

fn apart(one: Timestamp, other: Timestamp) -> Duration {
    Duration::from_micros(one.as_micros().abs_diff(other.as_micros()))
}

impl Record {
    /// Returns whether a job with this interval is due.
    #[must_use]
    pub fn is_due(&self, every: Duration, now: Timestamp) -> bool {
        match (self.failed_at, self.ran_at) {
            (Some(failed), _) => apart(failed, now) >= self.retry(every),
            (None, Some(ran)) => apart(ran, now) >= every,
            (None, None) => true,
        }
    }

    /// Returns when a job is due if no clock changes. `None` if it never ran: it is due at once.
    pub(super) fn due_at(&self, every: Duration) -> Option<Timestamp> {
        match (self.failed_at, self.ran_at) {
            (Some(failed), _) => Some(failed.plus(self.retry(every))),
            (None, ran) => ran.map(|ran| ran.plus(every)),
        }
    }

    fn retry(&self, every: Duration) -> Duration {
        let doublings = u32::try_from(self.failures.clamp(1, 20) - 1).unwrap_or_default();
        (FIRST_RETRY * 2u32.pow(doublings)).min(every)
    }

    /// Notes a run that succeeded.
    pub fn done(&mut self, begun: Timestamp) {
        *self = Self {
            ran_at: Some(begun),
            ..Self::default()
        };
    }

    /// Notes a run that failed.
    pub fn failed(&mut self, begun: Timestamp) {
        self.failed_at = Some(begun);
        self.failures += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const EVERY: Duration = Duration::from_mins(10);

    #[test]
    fn a_job_that_fails_is_tried_again_ever_later_and_no_later_than_its_pace() {
        let mut record = Record::default();
        let mut now = Timestamp::from_seconds(0);
        let mut waits = Vec::new();
        for _ in 0..10 {
            let begun = now;
            record.failed(begun);
            while !record.is_due(EVERY, now) {
                now = now.plus(Duration::from_secs(1));
            }
            waits.push(now.as_seconds() - begun.as_seconds());
        }
        assert_eq!(waits, [5, 10, 20, 40, 80, 160, 320, 600, 600, 600]);
        record.done(now);
        assert_eq!(record.failures, 0);
        assert!(!record.is_due(EVERY, now.plus(Duration::from_secs(5))));
    }

    proptest! {
        #[test]
        fn a_year_has_as_many_runs_as_paces(step in 1i64..3_600, every in 1u64..1_000) {
            let every = Duration::from_secs(every * 60);
            let (mut record, mut runs, mut now) = (Record::default(), 0, 0);
            while now < 365 * 86_400 {
                let at = Timestamp::from_seconds(now);
                if record.is_due(every, at) {
                    record.done(at);
                    runs += 1;
                }
                now += step;
            }
            // The interval, rounded up to whole steps.
            let pace = (i64::try_from(every.as_secs()).unwrap() + step - 1) / step * step;
            prop_assert_eq!(runs, (now - 1) / pace + 1);
        }

        #[test]
        fn no_clock_however_wrong_stops_a_job(ran in any::<i32>(), now in any::<i32>(), failures in 0i64..100) {
            let (ran, now) = (Timestamp::from_seconds(ran.into()), Timestamp::from_seconds(now.into()));
            let mut record = Record::default();
            record.done(ran);
            for _ in 0..failures {
                record.failed(ran);
            }
            let waits = (0..=2).map(|paces| now.plus(EVERY * paces));
            prop_assert!(waits.into_iter().any(|now| record.is_due(EVERY, now)));
        }
    }
}
