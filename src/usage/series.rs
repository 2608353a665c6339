//! The points of a range, from the rows that there are.
//!
//! The law: a point is known if a node ran in its span, which the service's own row says. Then a
//! number without a row is 0; elsewhere nothing is known.

use std::collections::HashMap;
use std::time::Duration;

use super::{Count, Counts, Range};
use crate::base::Timestamp;

/// How often live tokens are counted.
pub const LIVE_EVERY: Duration = Duration::from_mins(5);

/// How long a number of live tokens holds: until the next one is there, which may come a little late.
const LIVE_HOLDS: Duration = Duration::from_mins(6);

/// A row of an organization, or of the service itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bucket {
    /// When its span began.
    pub at: Timestamp,
    /// What was counted.
    pub counts: Counts,
    /// How many tokens were valid when they were last counted in the span. `None` if they were not.
    pub live: Option<i64>,
}

/// A point of a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Point {
    /// When its span began.
    pub at: Timestamp,
    /// What was counted. `None` if nothing is known.
    pub counts: Option<Counts>,
    /// How many tokens were valid. `None` if that is not known.
    pub live: Option<i64>,
}

/// The points of a range, oldest first, without a gap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Series {
    /// The range.
    pub range: Range,
    /// The points.
    pub points: Vec<Point>,
}

impl Series {
    /// Returns the sum of some counts over the points that are known. It is 0 if none is known.
    #[must_use]
    pub fn sum(&self, of: &[Count]) -> i64 {
        let known = self.points.iter().filter_map(|point| point.counts);
        known.map(|counts| counts.sum(of)).sum()
    }

    /// Returns whether the counts of at least one point are known.
    #[must_use]
    pub fn is_known(&self) -> bool {
        self.points.iter().any(|point| point.counts.is_some())
    }
}

/// Returns when the rows that a series needs begin: some before the first point have a number of
/// live tokens that still holds in it.
pub(super) fn needed_from(range: Range, now: Timestamp) -> Timestamp {
    range.begins(now).minus(range.grain().step() * lead(range))
}

/// Returns for how many spans before the first point rows are needed.
fn lead(range: Range) -> u32 {
    let spans = LIVE_HOLDS.as_secs() / range.grain().step().as_secs();
    u32::try_from(spans).unwrap_or_default()
}

/// Returns the series of an organization: from its own rows, and those of the service.
#[must_use]
pub fn series(range: Range, now: Timestamp, own: &[Bucket], service: &[Bucket]) -> Series {
    let by_start = |buckets: &[Bucket]| -> HashMap<Timestamp, Bucket> {
        let pairs = buckets.iter().map(|bucket| (bucket.at, *bucket));
        pairs.collect()
    };
    let (own, service) = (by_start(own), by_start(service));
    let (first, step) = (range.begins(now), range.grain().step());
    let mut counted: Option<(Timestamp, i64)> = None;
    let mut points = Vec::new();
    let mut at = needed_from(range, now);
    for _ in 0..range.points() + lead(range) {
        let (here, known) = (own.get(&at), service.get(&at));
        if let Some(live) = here
            .and_then(|bucket| bucket.live)
            .or_else(|| known?.live.map(|_| 0))
        {
            counted = Some((at, live));
        }
        let holds = counted.filter(|(since, _)| at < since.plus(LIVE_HOLDS));
        if at >= first {
            points.push(Point {
                at,
                counts: known.map(|_| here.map_or_else(Counts::default, |bucket| bucket.counts)),
                live: holds.map(|(_, live)| live).filter(|_| known.is_some()),
            });
        }
        at = at.plus(step);
    }
    Series { range, points }
}

#[cfg(test)]
mod tests;
