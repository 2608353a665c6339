//! How finely the use is kept, and the ranges that are shown.

use std::time::Duration;

use crate::base::Timestamp;
use crate::base::words::words;

words! {
    /// The length of the span that one row covers.
    pub enum Grain {
        /// A minute.
        Minute = "minute",
        /// A quarter of an hour.
        Quarter = "quarter",
        /// A day in UTC.
        Day = "day",
    }
}

impl Grain {
    /// Returns the length of the span.
    #[must_use]
    pub const fn step(self) -> Duration {
        match self {
            Self::Minute => Duration::from_mins(1),
            Self::Quarter => Duration::from_mins(15),
            Self::Day => Duration::from_hours(24),
        }
    }

    /// Returns for how long rows are kept, in uptime.
    #[must_use]
    pub const fn kept(self) -> Duration {
        match self {
            Self::Minute => Duration::from_hours(2),
            Self::Quarter => Duration::from_hours(48),
            Self::Day => Duration::from_hours(400 * 24),
        }
    }

    /// Returns the start of the span that contains `at`.
    #[must_use]
    pub fn start(self, at: Timestamp) -> Timestamp {
        let step = i64::try_from(self.step().as_micros()).unwrap_or(i64::MAX);
        let micros = at.as_micros();
        Timestamp::from_micros(micros.saturating_sub(micros.rem_euclid(step)))
    }
}

words! {
    /// The range of a series.
    pub enum Range {
        /// The last 60 minutes.
        Hour = "hour",
        /// The last 96 quarters of an hour.
        Day = "day",
        /// The last 30 days in UTC.
        Month = "month",
    }
}

impl Range {
    /// Returns the span of each point.
    #[must_use]
    pub const fn grain(self) -> Grain {
        match self {
            Self::Hour => Grain::Minute,
            Self::Day => Grain::Quarter,
            Self::Month => Grain::Day,
        }
    }

    /// Returns the number of points.
    #[must_use]
    pub const fn points(self) -> u32 {
        match self {
            Self::Hour => 60,
            Self::Day => 96,
            Self::Month => 30,
        }
    }

    /// Returns the start of the first point. The last point is the span that contains `now`.
    #[must_use]
    pub fn begins(self, now: Timestamp) -> Timestamp {
        let grain = self.grain();
        grain.start(now).minus(grain.step() * (self.points() - 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn an_instant_is_in_the_span_that_begins_at_its_start(seconds in -10_000_000_000_i64..10_000_000_000) {
            let at = Timestamp::from_seconds(seconds);
            for grain in Grain::ALL {
                let start = grain.start(at);
                prop_assert!(start <= at && at < start.plus(grain.step()));
                prop_assert_eq!(grain.start(start), start);
                prop_assert!(Grain::Day.start(at) <= start, "a day begins where a shorter span begins");
            }
        }
    }

    #[test]
    fn a_range_is_kept_for_longer_than_it_is_shown() {
        for range in Range::ALL {
            let grain = range.grain();
            assert!(grain.step() * range.points() <= grain.kept(), "{range}");
        }
    }
}
