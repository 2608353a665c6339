//! Answers callers late whom the throttle refuses, so that a client that does not wait before its next
//! attempt cannot fill the workers with refusals: it sends ten a second on a connection, not
//! thousands.

use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::sleep;

/// How much later the answer is.
const DELAY: Duration = Duration::from_millis(100);

/// The largest number of answers that are late at the same time; further ones come at once. Each keeps
/// its request and its connection in memory.
const AT_ONCE: usize = 1_024;

/// The answers that are late now.
pub struct LateRefusals {
    places: Semaphore,
}

impl Default for LateRefusals {
    fn default() -> Self {
        Self::of(AT_ONCE)
    }
}

impl LateRefusals {
    fn of(places: usize) -> Self {
        let places = Semaphore::new(places);
        Self { places }
    }

    /// Returns when the answer may be sent.
    pub async fn wait(&self) {
        if let Ok(_place) = self.places.try_acquire() {
            sleep(DELAY).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::pin::pin;
    use std::task::{Context, Waker};

    use super::*;

    #[test]
    fn no_more_than_so_many_answers_are_late() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .unwrap();
        let _guard = runtime.enter();
        let refusals = LateRefusals::of(2);
        let mut context = Context::from_waker(Waker::noop());
        {
            let (mut first, mut second) = (pin!(refusals.wait()), pin!(refusals.wait()));
            assert!(first.as_mut().poll(&mut context).is_pending());
            assert!(second.as_mut().poll(&mut context).is_pending());
            assert!(pin!(refusals.wait()).poll(&mut context).is_ready());
        }
        // Those callers have disconnected.
        assert!(pin!(refusals.wait()).poll(&mut context).is_pending());
    }
}
