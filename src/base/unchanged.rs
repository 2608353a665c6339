//! Measures, on this node's own monotonic clock, how long a value that another process writes has
//! not changed. No other clock is used.

use std::time::Duration;

/// The value last seen, and since when it has not changed.
#[derive(Debug, Clone, Copy)]
pub struct Unchanged<T> {
    seen: T,
    since: Duration,
}

impl<T: PartialEq> Unchanged<T> {
    /// Starts at `now` with the first value seen.
    #[must_use]
    pub const fn begin(seen: T, now: Duration) -> Self {
        Self { seen, since: now }
    }

    /// Compares the value seen at `now` with the last one. Returns how long the value has not
    /// changed.
    #[must_use]
    pub fn look(&mut self, seen: T, now: Duration) -> Duration {
        if self.seen != seen {
            *self = Self::begin(seen, now);
        }
        now.saturating_sub(self.since)
    }
}
