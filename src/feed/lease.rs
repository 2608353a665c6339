//! The lease: how long a node may answer from memory.
//!
//! The law: a lease of length L counts from *before* the request of the sync that granted it, on a clock that neither stops in
//! suspend nor is ever set. A sync that began before a revoke committed grants nothing beyond L after that commit; one that
//! began later has applied it. So whoever has waited L after a commit has outlived every lease that does not know of it.
//!
//! Whoever answers takes the lease first, reads the index, and only then looks whether the lease it took still holds: a lease
//! taken later could be of a sync that the index read earlier knew nothing of.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// A node's lease, as its threads share it.
#[derive(Debug, Default)]
pub struct Lease {
    /// Boot time (microseconds) at which it ends; 0: none.
    end: AtomicU64,
}

/// A lease as it was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeaseSnapshot(u64);

fn micros(span: Duration) -> u64 {
    u64::try_from(span.as_micros()).unwrap_or(u64::MAX)
}

impl Lease {
    /// The lease of this moment. Everything its sync applied is visible to whoever took it.
    pub fn take(&self) -> LeaseSnapshot {
        LeaseSnapshot(self.end.load(Ordering::Acquire))
    }

    /// Grants a lease of `length` for a sync that began at `began` (boot time), after all it read is applied. Never shortens
    /// one.
    pub fn grant(&self, began: Duration, length: Duration) {
        self.end.fetch_max(micros(began + length), Ordering::AcqRel);
    }

    /// Ends it at once.
    pub fn forfeit(&self) {
        self.end.store(0, Ordering::Release);
    }
}

impl LeaseSnapshot {
    /// Whether it still holds at `now` (boot time).
    #[must_use]
    pub fn holds(self, now: Duration) -> bool {
        micros(now) < self.0
    }

    /// How much of it is left at `now` (boot time).
    #[must_use]
    pub fn left(self, now: Duration) -> Duration {
        Duration::from_micros(self.0.saturating_sub(micros(now)))
    }
}

/// How long after its own commit a revoker has outlived every lease of `length` that does not know of it: a hundredth and 50 ms
/// more, for clocks that do not run alike and for a verdict given just then.
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
