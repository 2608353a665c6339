//! How long a node holds an entry in its index.

use crate::base::Sequence;
use crate::token::Life;
use crate::uptime::Ticks;

/// An entry's sequence and the longest life of the tokens it affects, in eight bytes, because a
/// node holds millions of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Kept(u64);

/// Bits of the life, in days. All of them are set if it has no end.
const LIFE: u32 = 16;

impl Kept {
    pub(super) fn new(seq: Sequence, life: Life) -> Self {
        let seq = u64::try_from(seq.0).unwrap_or_default();
        Self((seq << LIFE) | u64::from(life.days().unwrap_or(u16::MAX)))
    }

    /// Returns the sequence. Sequences from 2^47 on do not fit, but no service writes so many
    /// entries.
    pub(super) fn seq(self) -> Sequence {
        Sequence(i64::try_from(self.0 >> LIFE).unwrap_or(i64::MAX))
    }

    pub(super) fn life(self) -> Life {
        match u16::try_from(self.0 & u64::from(u16::MAX)) {
            Ok(u16::MAX) | Err(_) => Life::Endless,
            Ok(days) => Life::Days(days),
        }
    }

    /// Combines two entries that say the same: the result has the later sequence and the longer
    /// life.
    pub(super) fn or(self, other: Self) -> Self {
        Self::new(self.seq().max(other.seq()), self.life().max(other.life()))
    }

    /// Whether every token the entry can affect is below the floor of its lifetime, and therefore
    /// refused without the entry.
    pub(super) fn can_go(self, ticks: &Ticks) -> bool {
        self.seq() < ticks.floor(self.life())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_packed_comes_out_again(seq in 0i64..1 << 47, days in prop::option::of(0u16..u16::MAX), other in 0i64..1 << 47) {
            let life = days.map_or(Life::Endless, Life::Days);
            let kept = Kept::new(Sequence(seq), life);
            prop_assert_eq!((kept.seq(), kept.life()), (Sequence(seq), life));
            let both = kept.or(Kept::new(Sequence(other), Life::NONE));
            prop_assert_eq!((both.seq(), both.life()), (Sequence(seq.max(other)), life));
        }
    }
}
