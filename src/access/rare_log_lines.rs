//! Log lines that anybody could cause: one a minute, with the number of those that were left out.

use std::time::Duration;

use parking_lot::Mutex;

/// The time between two lines.
const PAUSE: Duration = Duration::from_mins(1);

/// When a line was last written, and how many were left out since.
#[derive(Debug, Default)]
pub struct Notices(Mutex<(Option<Duration>, u64)>);

impl Notices {
    /// Returns how many lines were left out before this one. `None` if this one is left out too.
    /// `now` is the monotonic time.
    pub fn admit(&self, now: Duration) -> Option<u64> {
        let mut state = self.0.lock();
        let (last, left_out) = *state;
        if last.is_some_and(|last| now.saturating_sub(last) < PAUSE) {
            state.1 += 1;
            return None;
        }
        *state = (Some(now), 0);
        Some(left_out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_a_minute() {
        let notices = Notices::default();
        let at = |seconds| notices.admit(Duration::from_secs(seconds));
        assert_eq!([at(10), at(10), at(69)], [Some(0), None, None]);
        assert_eq!([at(70), at(71), at(130)], [Some(2), None, Some(1)]);
    }
}
