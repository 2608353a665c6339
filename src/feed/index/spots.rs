//! In which part of the index an id is, and in which order the ids of a part are.

use crate::base::{OrganizationId, TokenId};
use crate::feed::shards::Spot;
use crate::feed::target::Subtree;

impl Spot for TokenId {
    /// The id with its last 64 bits first. Of these, all but the topmost two are random (RFC 9562,
    /// 5.7), which are moved to the end.
    type Order = u128;

    fn spot(&self) -> usize {
        let [.., high, low] = self.0;
        usize::from(u16::from_be_bytes([high, low]))
    }

    fn order(&self) -> u128 {
        u128::from_be_bytes(self.0).rotate_left(64 + 2)
    }

    /// Random numbers are evenly distributed.
    fn expected_at(&self, entries: usize) -> usize {
        let share = (self.order() >> 64) * entries as u128;
        usize::try_from(share >> 64).unwrap_or_default()
    }
}

fn low_bits(id: i64) -> usize {
    usize::try_from(id & 0xffff).unwrap_or_default()
}

impl Spot for OrganizationId {
    type Order = Self;

    fn spot(&self) -> usize {
        low_bits(self.0)
    }

    fn order(&self) -> Self {
        *self
    }
}

impl Spot for Subtree {
    type Order = Self;

    fn spot(&self) -> usize {
        low_bits(self.spread())
    }

    fn order(&self) -> Self {
        *self
    }
}
