//! A value that may be used once: its scope, the form in which it is stored, and its bucket of time.

use aws_lc_rs::digest::{Context, SHA256};

use crate::base::{OrganizationId, Timestamp};

/// The purpose of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// A `DPoP` proof.
    DpopProof,
    /// A client assertion.
    ClientAssertion,
    /// A signed request.
    SignedRequest,
}

impl Purpose {
    /// Returns the word that the database uses.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::DpopProof => "dpop_proof",
            Self::ClientAssertion => "client_assertion",
            Self::SignedRequest => "signed_request",
        }
    }

    /// Returns the largest number of values of one scope in one bucket that a node accepts. This
    /// includes the values of other nodes that were stored when the node began to count.
    pub(super) const fn most(self) -> u32 {
        match self {
            Self::DpopProof | Self::ClientAssertion => 200_000,
            // Every request has one: 3,333 in a second.
            Self::SignedRequest => 1_000_000,
        }
    }
}

/// The scope in which a value may be used once: the same value in another scope is another value.
/// One organization cannot fill the scope of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Scope {
    /// The organization that the caller belongs to.
    pub organization: OrganizationId,
    /// The purpose of the value.
    pub purpose: Purpose,
}

/// A value in the form in which it is stored: the first 128 bits of a SHA-256.
///
/// 128 bits are enough. A new value is refused wrongly only if it equals a stored one by chance:
/// with a billion rows, the probability is 2^-98. A caller that searches for two of its own values
/// with the same hash needs about 2^64 attempts, and achieves only that its own second request is
/// refused. Nobody can achieve that a value is accepted twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Value(pub(super) [u8; 16]);

impl Value {
    /// Makes the value of these parts, such as the client and the `jti`. The boundaries of the
    /// parts matter: other parts make another value, even if their bytes in a row are the same.
    #[must_use]
    pub fn of(parts: &[&[u8]]) -> Self {
        let mut hash = Context::new(&SHA256);
        for part in parts {
            let length = u64::try_from(part.len()).unwrap_or(u64::MAX);
            hash.update(&length.to_be_bytes());
            hash.update(part);
        }
        let digest = hash.finish();
        Self(digest.as_ref().first_chunk().copied().unwrap_or_default())
    }

    /// Returns the bytes of the value.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// A value to be used.
#[derive(Debug, Clone, Copy)]
pub(super) struct Used {
    pub(super) scope: Scope,
    pub(super) value: Value,
    pub(super) bucket: Bucket,
}

/// The result of using a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Once {
    /// The value was not used before, and is used from now on.
    First,
    /// The value was used before.
    Again,
}

/// Five minutes of `until`. Values of one bucket are deleted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Bucket(pub(super) i64);

impl Bucket {
    const MICROS: i64 = 300 * 1_000_000;

    /// Returns the bucket of a value. The bucket ends at `until` or later.
    pub(super) const fn of(until: Timestamp) -> Self {
        let micros = until.as_micros();
        let begun = micros.rem_euclid(Self::MICROS) > 0;
        Self(micros.div_euclid(Self::MICROS) + begun as i64)
    }

    /// Returns the last bucket that ends at `instant` or before.
    pub(super) const fn over_at(instant: Timestamp) -> Self {
        Self(instant.as_micros().div_euclid(Self::MICROS))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_below_the_floor_has_been_over_and_nothing_else_is(until in 0i64..4_000_000_000_000_000, later in -2_000_000_000i64..2_000_000_000) {
            let instant = until + later;
            let below = Bucket::of(Timestamp::from_micros(until)) <= Bucket::over_at(Timestamp::from_micros(instant));
            prop_assert!(!below || until <= instant);
            prop_assert!(below || instant < until + Bucket::MICROS);
        }

        #[test]
        fn other_parts_are_another_value(one in prop::collection::vec(any::<Vec<u8>>(), 0..4), other in prop::collection::vec(any::<Vec<u8>>(), 0..4)) {
            let value = |parts: &[Vec<u8>]| Value::of(&parts.iter().map(Vec::as_slice).collect::<Vec<_>>());
            prop_assert_eq!(value(&one) == value(&other), one == other);
        }
    }

    #[test]
    fn parts_do_not_run_into_each_other() {
        assert_ne!(Value::of(&[b"ab", b"c"]), Value::of(&[b"a", b"bc"]));
        assert_ne!(Value::of(&[]), Value::of(&[b""]));
    }
}
