//! Owns the current time. All other code receives a [`Clock`].

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::time::Timestamp;

/// The source of the time: the system, or a clock that a test controls.
#[derive(Clone, Debug, Default)]
pub enum Clock {
    /// The system's wall clock.
    #[default]
    System,
    /// A clock that changes only when a test moves it.
    Manual(ManualClock),
}

impl Clock {
    /// Returns the current time, to the microsecond.
    #[must_use]
    #[allow(clippy::disallowed_methods, reason = "the one owner of the wall clock")]
    pub fn now(&self) -> Timestamp {
        match self {
            Self::System => {
                let since = SystemTime::now()
                    .duration_since(UNIX_EPOCH)
                    .unwrap_or_default();
                Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
            }
            Self::Manual(manual) => Timestamp::from_micros(manual.wall.load(Ordering::Acquire)),
        }
    }

    /// Returns the time elapsed since a fixed moment, independent of changes to the wall clock:
    /// [`boot_time`], or how far a manual clock was advanced. For durations that tests must be able
    /// to advance.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        match self {
            Self::System => boot_time(),
            Self::Manual(manual) => {
                let micros = manual.elapsed.load(Ordering::Acquire);
                Duration::from_micros(u64::try_from(micros).unwrap_or_default())
            }
        }
    }

    /// Returns whether this is the system's clock. If so, it can be compared with other machines'
    /// clocks.
    #[must_use]
    pub const fn is_the_machines(&self) -> bool {
        matches!(self, Self::System)
    }
}

/// Controls a [`Clock::Manual`]. Clones control the same clock.
#[derive(Clone, Debug)]
pub struct ManualClock {
    wall: Arc<AtomicI64>,
    elapsed: Arc<AtomicI64>,
}

impl ManualClock {
    /// Returns a clock that shows `start`.
    #[must_use]
    pub fn at(start: Timestamp) -> Self {
        Self {
            wall: Arc::new(AtomicI64::new(start.as_micros())),
            elapsed: Arc::new(AtomicI64::new(start.as_micros())),
        }
    }

    /// Advances the wall clock and the elapsed time.
    pub fn advance(&self, by: Duration) {
        let micros = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
        self.jump(micros);
        self.elapsed.fetch_add(micros, Ordering::AcqRel);
    }

    /// Sets the wall clock forward or back by this many microseconds. No time elapses.
    pub fn jump(&self, by_micros: i64) {
        self.wall.fetch_add(by_micros, Ordering::AcqRel);
    }
}

/// Returns the time since the machine booted, including suspend (`CLOCK_BOOTTIME`, a monotonic
/// clock). For durations that must stay right when the machine sleeps or its wall clock is set.
#[must_use]
#[allow(clippy::disallowed_methods, reason = "the one owner of the boot clock")]
pub fn boot_time() -> Duration {
    let spec = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    Duration::new(
        u64::try_from(spec.tv_sec).unwrap_or_default(),
        u32::try_from(spec.tv_nsec).unwrap_or_default(),
    )
}

/// Blocks this thread for `span`. Only for threads whose job is to wait.
#[allow(clippy::disallowed_methods, reason = "the one owner of waiting")]
pub fn pause(span: Duration) {
    std::thread::sleep(span);
}

/// Returns [`boot_time`] in whole milliseconds, which fit into an `AtomicU64`.
#[must_use]
pub fn boot_millis() -> u64 {
    u64::try_from(boot_time().as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manual_clock_moves_only_by_hand() {
        let hand = ManualClock::at(Timestamp::from_seconds(1_000));
        let clock = Clock::Manual(hand.clone());
        assert_eq!(clock.now(), clock.now());
        hand.advance(Duration::from_secs(5));
        assert_eq!(clock.now(), Timestamp::from_seconds(1_005));
    }

    #[test]
    fn a_wall_clock_that_is_set_passes_no_time() {
        let hand = ManualClock::at(Timestamp::from_seconds(1_000));
        let clock = Clock::Manual(hand.clone());
        let before = clock.elapsed();
        hand.jump(-3_600_000_000);
        assert_eq!(clock.now(), Timestamp::from_seconds(-2_600));
        assert_eq!(clock.elapsed(), before);
        hand.advance(Duration::from_secs(1));
        assert_eq!(clock.elapsed(), before + Duration::from_secs(1));
    }
}
