//! When a group commit begins, if others are expected to join it.
//!
//! The rule: **a group waits for as many as the last one had, and at most half as long as that one
//! took.** A caller that is alone again and again waits for nobody. Where many callers wait
//! for the disk again and again, their next calls come one after the other once the last group is
//! answered, and a group that begins at the first of them would leave the others behind: many small
//! transactions, each of which writes nearly the same pages.

use std::time::Duration;

/// The longest time that a group waits for others.
const LONGEST: Duration = Duration::from_millis(1);

/// The size and the time of the last group, which decide how long the next one waits.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Gather {
    had: usize,
    took: Duration,
}

impl Gather {
    /// Notes a group of `count` that took so long.
    pub(super) fn note(&mut self, count: usize, took: Duration) {
        *self = Self { had: count, took };
    }

    /// Returns the number of items with which a group begins at once.
    #[must_use]
    pub(super) fn enough(self) -> usize {
        self.had.max(1)
    }

    /// Returns how long a group waits at most for [`Gather::enough`] items, from its first on.
    #[must_use]
    pub(super) fn patience(self) -> Duration {
        if self.had > 1 {
            (self.took / 2).min(LONGEST)
        } else {
            Duration::ZERO
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn nobody_waits_longer_than_half_of_what_the_last_group_took(had in 0usize..1000, millis in 0u64..100) {
            let mut gather = Gather::default();
            let took = Duration::from_millis(millis);
            gather.note(had, took);
            prop_assert!(gather.patience() <= took / 2);
            prop_assert!(gather.patience() <= LONGEST);
            prop_assert!(gather.enough() >= 1);
            prop_assert!(had > 1 || gather.patience().is_zero());
        }
    }
}
