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
}

/// An open connection, counted until it is dropped.
#[derive(Debug)]
pub struct Counted(Arc<Drain>);

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

    /// Counts one more connection.
    #[must_use]
    pub fn count(self: &Arc<Self>) -> Counted {
        self.open.fetch_add(1, Ordering::AcqRel);
        Counted(Arc::clone(self))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::AcqRel);
    }
}
