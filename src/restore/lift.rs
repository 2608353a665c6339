//! How far a restore raises the head of the feed and the ids, and what it returns.

use crate::base::{KeyId, Sequence};

/// How far the head of the feed is raised: 10,000 revocations a second for more than a day.
pub const HEAD_LIFT: i64 = 1_000_000_000;

/// How far each sequence of ids is raised.
pub const ID_LIFT: i64 = 1_000_000;

/// The largest id and sequence. Every JSON client can represent it exactly.
const HIGHEST: i64 = (1 << 53) - 1;

/// Returns where the feed continues: above the head of the copy and above `reached`, the head that
/// is reported to have existed. Returns `None` if too few sequences would be left.
#[must_use]
pub fn lifted_head(head: Sequence, reached: Option<Sequence>) -> Option<Sequence> {
    let highest = head.max(reached.unwrap_or(head));
    let lifted = highest.0.checked_add(HEAD_LIFT)?;
    (lifted <= HIGHEST - HEAD_LIFT).then_some(Sequence(lifted))
}

/// Returns the id after which a sequence of ids continues. Returns `None` if too few ids would be
/// left.
#[must_use]
pub fn lifted_id(last: i64) -> Option<i64> {
    let lifted = last.checked_add(ID_LIFT)?;
    (lifted <= HIGHEST - ID_LIFT).then_some(lifted)
}

/// The result of a restore.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// The head of the feed in the copy.
    pub head: Sequence,
    /// The entry that revokes every token.
    pub sequence: Sequence,
    /// For each kind of id, the id after which it continues.
    pub ids: Vec<(String, i64)>,
    /// The hosts of nodes that no longer run and whose rows were removed.
    pub nodes: Vec<String>,
    /// The signing keys that were revoked.
    pub revoked_keys: Vec<KeyId>,
    /// The new signing key.
    pub key: KeyId,
    /// The number of API keys that were quarantined: all that were active.
    pub quarantined_api_keys: usize,
    /// The number of waiting messages to webhooks. They are sent with their existing ids, so some
    /// may arrive twice.
    pub waiting_messages: i64,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_lifted_is_above_all_that_was_reached_and_never_too_high(
            head in 0..=HIGHEST, reached in prop::option::of(0..=i64::MAX), last in 0..=i64::MAX,
        ) {
            let reached = reached.map(Sequence);
            if let Some(lifted) = lifted_head(Sequence(head), reached) {
                prop_assert!(lifted.0 >= head + HEAD_LIFT && lifted.0 < HIGHEST);
                prop_assert!(reached.is_none_or(|reached| lifted.0 >= reached.0 + HEAD_LIFT));
                prop_assert!(lifted.0 - head.max(reached.map_or(0, |reached| reached.0)) == HEAD_LIFT);
            } else {
                prop_assert!(head.max(reached.map_or(0, |reached| reached.0)) > HIGHEST - 2 * HEAD_LIFT);
            }
            match lifted_id(last) {
                Some(lifted) => prop_assert!(lifted == last + ID_LIFT && lifted < HIGHEST),
                None => prop_assert!(last > HIGHEST - 2 * ID_LIFT),
            }
        }
    }
}
