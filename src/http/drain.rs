//! Whether the service is about to stop, and how many connections are open.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// Begins when the service is told to stop. From then on `/readyz` answers 503 and every response closes its
/// connection, so that a proxy that keeps connections open sends its next request to another node, and none
/// into a connection that is being closed.
#[derive(Debug, Default)]
pub struct Drain {
    begun: AtomicBool,
    open: AtomicUsize,
    /// Those of the open connections that were made since it began.
    newcomers: AtomicUsize,
}

/// An open connection, counted until it is dropped.
#[derive(Debug)]
pub struct Counted {
    by: Arc<Drain>,
    is_new: bool,
}

impl Drain {
    /// Begins it.
    pub fn begin(&self) {
        self.begun.store(true, Ordering::Release);
    }

    /// Whether it has begun.
    #[must_use]
    pub fn has_begun(&self) -> bool {
        self.begun.load(Ordering::Acquire)
    }

    /// How many connections are open.
    #[must_use]
    pub fn open(&self) -> usize {
        self.open.load(Ordering::Acquire)
    }

    /// How many of them were made since it began: each has sent a request, or is about to.
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
        let counts = |drain: &Drain| (drain.open(), drain.newcomers());
        let early = drain.count();
        assert_eq!(counts(&drain), (1, 0));
        drain.begin();
        let late = drain.count();
        assert_eq!(counts(&drain), (2, 1));
        drop(early);
        assert_eq!(counts(&drain), (1, 1));
        drop(late);
        assert_eq!(counts(&drain), (0, 0));
    }
}
