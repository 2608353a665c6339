//! How long something another process writes has stood still, on one's own clock: nobody else's is believed.

use std::time::Duration;

/// What was last seen, and since when it has looked so.
#[derive(Debug, Clone, Copy)]
pub struct Unchanged<T> {
    seen: T,
    since: Duration,
}

impl<T: PartialEq> Unchanged<T> {
    /// Seen for the first time at `now`: that proves nothing yet.
    #[must_use]
    pub const fn begin(seen: T, now: Duration) -> Self {
        Self { seen, since: now }
    }

    /// Looks again at `now`; for how long it has looked the same.
    #[must_use]
    pub fn look(&mut self, seen: T, now: Duration) -> Duration {
        if self.seen != seen {
            *self = Self::begin(seen, now);
        }
        now.saturating_sub(self.since)
    }
}
