//! The draining of a node that stops, and the number of open connections.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use crate::base::clock;

/// Begins when a signal stops the service. From then on `/readyz` answers 503 and every response
/// closes its connection. So a proxy that keeps connections open sends its next request to another
/// node, and none into a connection that is being closed.
#[derive(Debug, Default)]
pub struct Drain {
    begun: AtomicBool,
    open: AtomicUsize,
    /// The open connections that were accepted after draining began.
    newcomers: AtomicUsize,
    /// When a connection was last closed ([`clock::boot_millis`]).
    closed: AtomicU64,
}

/// An open connection. It is counted until it is dropped.
#[derive(Debug)]
pub struct Counted {
    by: Arc<Drain>,
    is_new: bool,
}

impl Drain {
    /// Begins to drain.
    pub fn begin(&self) {
        self.begun.store(true, Ordering::Release);
    }

    /// Whether draining has begun.
    #[must_use]
    pub fn has_begun(&self) -> bool {
        self.begun.load(Ordering::Acquire)
    }

    /// Returns for how long no connection has been open.
    #[must_use]
    pub fn quiet_for(&self) -> Duration {
        if self.open.load(Ordering::Acquire) > 0 {
            return Duration::ZERO;
        }
        let closed = self.closed.load(Ordering::Acquire);
        Duration::from_millis(clock::boot_millis().saturating_sub(closed))
    }

    /// Returns the number of open connections that were accepted after draining began. Each has
    /// sent a request, or is about to.
    #[must_use]
    pub fn newcomers(&self) -> usize {
        self.newcomers.load(Ordering::Acquire)
    }

    /// Counts one more connection.
    #[must_use]
    pub fn count(self: &Arc<Self>) -> Counted {
        let is_new = self.has_begun();
        self.open.fetch_add(1, Ordering::AcqRel);
        self.newcomers.fetch_add(is_new.into(), Ordering::AcqRel);
        Counted {
            by: Arc::clone(self),
            is_new,
        }
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.by
            .closed
            .store(clock::boot_millis(), Ordering::Release);
        self.by.open.fetch_sub(1, Ordering::AcqRel);
        self.by
            .newcomers
            .fetch_sub(self.is_new.into(), Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_are_counted_until_they_are_dropped() {
        let drain = Arc::new(Drain::default());
        let is_quiet = |drain: &Drain| drain.quiet_for() > Duration::ZERO;
        assert!(is_quiet(&drain), "nobody was ever there");
        let early = drain.count();
        assert!(!is_quiet(&drain) && drain.newcomers() == 0);
        drain.begin();
        let late = drain.count();
        assert_eq!(drain.newcomers(), 1);
        drop(early);
        assert!(!is_quiet(&drain));
        drop(late);
        assert_eq!(drain.newcomers(), 0);
        let until = clock::boot_millis() + 2;
        while clock::boot_millis() < until {}
        assert!(is_quiet(&drain));
    }
}
