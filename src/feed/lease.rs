//! The lease: the time for which a node may answer from memory.
//!
//! The law: a lease of length L counts from *before* the request of the sync that granted it, on a
//! clock that does not stop in suspend and is never set. A sync that began before a revoke
//! committed grants nothing beyond L after that commit; a sync that began later has applied the
//! entry. So once L has passed since a commit, every lease of a node that has not applied it has
//! expired.
//!
//! An answer takes a snapshot of the lease first, reads the index, and then checks that the
//! snapshot has not expired. A lease that is taken later could belong to a sync whose entries the
//! earlier read of the index did not include.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// A node's lease, shared by its threads.
#[derive(Debug, Default)]
pub struct Lease {
    /// Boot time in microseconds at which the lease expires; 0 if there is none.
    end: AtomicU64,
}

/// A lease at the moment when it was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeaseSnapshot(u64);

fn micros(span: Duration) -> u64 {
    u64::try_from(span.as_micros()).unwrap_or(u64::MAX)
}

impl Lease {
    /// Returns a snapshot of the lease. Everything its sync applied is visible to the thread that
    /// took it.
    pub fn take(&self) -> LeaseSnapshot {
        LeaseSnapshot(self.end.load(Ordering::Acquire))
    }

    /// Grants a lease of `length` for a sync that began at `began` (boot time). Call this after
    /// everything the sync read is applied. It never shortens a lease.
    pub fn grant(&self, began: Duration, length: Duration) {
        self.end.fetch_max(micros(began + length), Ordering::AcqRel);
    }

    /// Ends the lease at once.
    pub fn forfeit(&self) {
        self.end.store(0, Ordering::Release);
    }
}

impl LeaseSnapshot {
    /// Whether the lease has not expired at `now` (boot time).
    #[must_use]
    pub fn holds(self, now: Duration) -> bool {
        micros(now) < self.0
    }

    /// Returns the rest of the lease at `now` (boot time).
    #[must_use]
    pub fn left(self, now: Duration) -> Duration {
        Duration::from_micros(self.0.saturating_sub(micros(now)))
    }
}

/// How long after a commit every lease of `length` has expired that was granted without the
/// commit's entry. The result is 1 % and 50 ms longer than `length`, because clocks do not run at
/// the same rate and an answer may be on its way.
#[must_use]
pub fn outlived(length: Duration) -> Duration {
    length + length / 100 + Duration::from_millis(50)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_lease_from_before_a_commit_outlives_the_wait(began in 0u64..1_000_000, late in 0u64..10_000_000, length in 500u64..60_000) {
            let length = Duration::from_millis(length);
            let (began, committed) = (Duration::from_micros(began), Duration::from_micros(began + late));
            let lease = Lease::default();
            prop_assert!(!lease.take().holds(began));
            lease.grant(began, length);
            prop_assert!(lease.take().holds(began));
            prop_assert!(!lease.take().holds(committed + outlived(length)));
            lease.forfeit();
            prop_assert!(!lease.take().holds(began));
        }
    }
}
