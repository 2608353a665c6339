//! Pseudo-random numbers that can be reproduced.

use std::time::{SystemTime, UNIX_EPOCH};

/// `SplitMix64`.
#[derive(Clone, Debug)]
pub(crate) struct Dice(u64);

impl Dice {
    /// Returns the dice of this run: from `LANYARD_TEST_SEED`, or from the time. The seed is
    /// printed on standard error.
    pub(crate) fn roll(test: &str) -> Self {
        let seed = std::env::var("LANYARD_TEST_SEED").map_or_else(
            |_| {
                let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
                u64::try_from(now.as_micros()).unwrap()
            },
            |text| text.parse().expect("LANYARD_TEST_SEED is a number"),
        );
        eprintln!("{test}: LANYARD_TEST_SEED={seed}");
        Self::of(seed)
    }

    /// Returns the dice of a seed.
    pub(crate) fn of(seed: u64) -> Self {
        Self(seed)
    }

    /// Returns other dice, which are the same every time.
    pub(crate) fn fork(&self, number: usize) -> Self {
        let number = u64::try_from(number).unwrap();
        Self(self.0 ^ (number + 1).wrapping_mul(0xd129_0ff4_3a1c_5e4d))
    }

    /// Returns a number in `range`.
    pub(crate) fn within(&mut self, range: std::ops::Range<u64>) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        range.start + (z ^ (z >> 31)) % (range.end - range.start)
    }
}
