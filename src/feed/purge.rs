//! Decides when an entry can be deleted.
//!
//! The law: an entry is deleted 22 hours of uptime ([`crate::uptime::KEPT`]) after every token it
//! affects is refused without it, because the token's `rev` is below the floor of its lifetime
//! ([`crate::uptime`]). Of an organization's entries without an end, only the newest is kept: it
//! revokes everything the older ones did. A reader that finds an entry missing has missed nothing
//! that could still be valid, once it has read on to a head that it read afterwards (`catch_up`).
//!
//! An entry is deleted only if the next one is as old. So a reader that reads at least that often
//! finds the last entry it applied, which proves that what it applied is not lost.

use super::{Entry, Fact, Target};
use crate::base::Sequence;
use crate::token::Life;
use crate::uptime::Ticks;

/// What the later entries mean for an entry.
#[derive(Debug, Clone, Copy)]
pub struct Later {
    /// Whether a later entry of the same organization says the same and has no end either.
    pub superseded: bool,
    /// The sequence of the newest entry.
    pub head: Sequence,
}

/// Returns the sequence below which every entry has a successor that is so old that every node and
/// follower has read it.
pub(super) fn settled(ticks: &Ticks) -> Sequence {
    ticks.spent(Life::NONE)
}

/// Whether an entry can be deleted.
#[must_use]
pub fn is_spent(entry: &Entry, later: Later, ticks: &Ticks) -> bool {
    let of_all = entry.fact == Fact::Revoked(Target::Organization);
    let needless = entry.seq < ticks.spent(entry.life)
        || (of_all && entry.life == Life::Endless && later.superseded);
    needless && entry.seq < settled(ticks) && entry.seq < later.head
}

/// Applies the law to all entries of a feed. Returns those that are kept.
#[cfg(test)]
pub(crate) fn left(entries: &[Entry], head: Sequence, ticks: &Ticks) -> Vec<Entry> {
    let stays = |entry: &&Entry| {
        let superseded = entries.iter().any(|later| {
            later.seq > entry.seq
                && later.organization == entry.organization
                && later.fact == entry.fact
                && later.life == Life::Endless
        });
        !is_spent(entry, Later { superseded, head }, ticks)
    };
    entries.iter().filter(stays).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::super::index::arbitrary::{can_be, claims, entries, fact, index, ticks};
    use super::super::{Index, TokenState};
    use super::*;
    use crate::base::Timestamp;
    use crate::uptime::Tick;
    use proptest::prelude::*;
    use std::time::Duration;

    /// The index of a node that starts now.
    fn loaded(entries: &[Entry], ticks: &Ticks) -> Index {
        let index = index();
        let held = entries.iter().filter(|entry| entry.fact.kind().is_held());
        held.for_each(|entry| index.apply(entry));
        index.set_ticks(ticks.clone());
        index
    }

    /// Ticks of a long time after `ticks` in which nothing was written.
    fn at_last(ticks: &Ticks, head: Sequence, days: u64) -> Ticks {
        let last = ticks.last().map_or(Duration::ZERO, |tick| tick.uptime);
        let tick = |seq, after| Tick {
            seq,
            uptime: last + Duration::from_hours(24) * after,
            at: Timestamp::from_seconds(0),
            audit_id: 0,
        };
        let days = u32::try_from(days).unwrap();
        Ticks::new(vec![
            tick(Sequence(head.0 + 1), 1),
            tick(Sequence(head.0 + 2), days + 1),
        ])
    }

    proptest! {
        #[test]
        fn a_node_that_starts_after_a_purge_calls_nothing_valid_that_was_not(
            facts in prop::collection::vec((fact(), 0i64..3), 0..12),
            tokens in prop::collection::vec(claims(), 1..20),
            ticks in ticks(),
        ) {
            let all = entries(facts);
            let head = all.last().map_or(Sequence(0), |last| last.seq);
            let left = left(&all, head, &ticks);
            let (before, after) = (loaded(&all, &ticks), loaded(&left, &ticks));
            for token in tokens.iter().filter(|token| can_be(token, &all)) {
                let (was, is) = (before.judge(token), after.judge(token));
                prop_assert!(was == is || is == TokenState::Expired, "{:?}: {:?}, then {:?}; {:?} {:?}", token, was, is, all, left);
                prop_assert!(before.end_of(token) == after.end_of(token) || is != TokenState::Valid);
            }
            // A reader finds its last entry, unless the next one was written at least 22 hours of
            // uptime ago.
            let settled = ticks.spent(Life::NONE).0;
            prop_assert!(all.iter().filter(|entry| entry.seq.0 >= settled).all(|entry| left.contains(entry)));
        }

        #[test]
        fn at_last_only_what_can_revoke_something_stays(facts in prop::collection::vec((fact(), 0i64..3), 0..12), ticks in ticks()) {
            let all = entries(facts);
            let head = all.last().map_or(Sequence(0), |last| last.seq);
            let left = left(&all, Sequence(head.0 + 2), &at_last(&ticks, head, 10_000));
            prop_assert!(left.iter().all(|entry| entry.life == Life::Endless));
            let organizations: Vec<_> = left.iter().filter(|entry| entry.fact == Fact::Revoked(Target::Organization)).map(|entry| entry.organization).collect();
            prop_assert!(organizations.len() <= 3, "one of each organization, and one of the service");
        }

        #[test]
        fn the_last_word_on_an_organization_never_goes(seq in 1i64..100, days in 0u64..100_000) {
            let mut all = entries(vec![(Fact::Revoked(Target::Organization), 1)]);
            all[0].seq = Sequence(seq);
            let last = Later { superseded: false, head: Sequence(seq + 2) };
            prop_assert!(!is_spent(&all[0], last, &at_last(&Ticks::default(), Sequence(seq), days)));
        }
    }
}
