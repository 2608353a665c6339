//! Waiting for a condition, never for time to pass.

use std::thread::sleep;
use std::time::{Duration, Instant};

/// Longer than anything here takes on a machine that is busy with other work.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// Returns once `condition` holds. Panics with `what` if it does not hold in time.
pub(crate) fn until(what: &str, condition: impl FnMut() -> bool) {
    until_within(PATIENCE, what, condition);
}

/// Like [`until`], with another time limit.
pub(crate) fn until_within(patience: Duration, what: &str, condition: impl FnMut() -> bool) {
    assert!(
        comes_true(patience, condition),
        "waited {patience:?} in vain: {what}"
    );
}

/// Returns whether `condition` holds within the time limit.
pub(crate) fn comes_true(patience: Duration, mut condition: impl FnMut() -> bool) -> bool {
    let begun = Instant::now();
    while !condition() {
        if begun.elapsed() >= patience {
            return false;
        }
        sleep(Duration::from_millis(3));
    }
    true
}
