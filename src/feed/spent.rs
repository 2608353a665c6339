//! When an entry can go.
//!
//! The law: an entry goes when nothing it concerns can be alive, a margin over; and of an organization's entries that have no
//! end, all but the last, for the last kills whatever they kill. Whoever reads the feed and finds an entry missing has
//! missed nothing that could still be alive, once it has read on to a head that it asked for afterwards (`reading`).
//!
//! And it goes only when it is older than that margin and another has followed it for as long: whoever reads on at least that
//! often finds the entry it had come to, and so knows that what it took in was not lost.

use std::time::Duration;

use super::{Entry, Fact};
use crate::base::Timestamp;

/// How long an entry is kept beyond the end of what it concerns: more than the clocks of two nodes are ever apart, and a day
/// for whoever asks why a token was refused.
pub const MARGIN: Duration = Duration::from_hours(24);

/// What the entries after one make of it.
#[derive(Debug, Clone, Copy)]
pub struct Later {
    /// One of its organization says the same and has no end either.
    pub superseded: bool,
    /// There is one, and the next was written more than [`MARGIN`] ago or has gone already.
    pub settled: bool,
}

/// Whether an entry can go at `now`.
#[must_use]
pub fn is_spent(entry: &Entry, later: Later, now: Timestamp) -> bool {
    let horizon = now.minus(MARGIN);
    let ended = match (entry.until, entry.fact) {
        (Some(until), _) => until < horizon,
        (None, Fact::Organization) => later.superseded,
        (None, _) => false,
    };
    ended && entry.at < horizon && later.settled
}

/// The law for entries as they stand in the feed: those that stay at `now`.
#[cfg(test)]
pub(super) fn left(entries: &[Entry], head: crate::base::Sequence, now: Timestamp) -> Vec<Entry> {
    let stays = |entry: &&Entry| {
        let next = entries.iter().find(|next| next.seq.0 == entry.seq.0 + 1);
        let later = Later {
            superseded: entries.iter().any(|later| {
                later.seq > entry.seq
                    && later.organization == entry.organization
                    && later.fact == entry.fact
                    && later.until.is_none()
            }),
            settled: entry.seq < head && next.is_none_or(|next| next.at < now.minus(MARGIN)),
        };
        !is_spent(entry, later, now)
    };
    entries.iter().filter(stays).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::super::index::arbitrary::{claims, entries, fact};
    use super::super::{EntryKind, Index};
    use super::*;
    use crate::base::Sequence;
    use proptest::prelude::*;

    /// What a node loads that starts at `now`.
    fn loaded(entries: &[Entry], now: Timestamp) -> Index {
        let index = Index::default();
        let live = entries.iter().filter(|entry| {
            EntryKind::HELD.contains(&entry.fact.kind())
                && entry.until.is_none_or(|until| until > now)
        });
        live.for_each(|entry| index.apply(entry));
        index
    }

    proptest! {
        /// Instants are hours; the node's clock is behind the purging one's by as much as the margin allows.
        #[test]
        fn a_node_that_starts_after_a_purge_judges_every_token_as_before(
            facts in prop::collection::vec(((fact(), 0i64..2), 0i64..200, prop::option::of(0i64..200)), 0..12),
            tokens in prop::collection::vec(claims(), 1..20),
            now in 0i64..400,
            behind in 0i64..=24,
        ) {
            let hour = |hours: i64| Timestamp::from_seconds(hours * 3_600);
            let (facts, spans): (Vec<_>, Vec<_>) = facts.into_iter().map(|(fact, at, until)| (fact, (at, until))).unzip();
            let mut all = entries(facts);
            for (entry, (at, until)) in all.iter_mut().zip(spans) {
                entry.at = hour(at);
                entry.until = until.map(hour);
            }
            let head = all.last().map_or(Sequence(0), |last| last.seq);
            let purged = |entries: &[Entry], now| left(entries, head, hour(now));
            let left = purged(&all, now);
            let (before, after) = (loaded(&all, hour(now - behind)), loaded(&left, hour(now - behind)));
            for token in tokens {
                prop_assert_eq!(before.end_of(&token), after.end_of(&token), "{:?} {:?} {:?}", token, all, left);
                prop_assert_eq!(before.revokes(&token), after.revokes(&token), "{:?} {:?} {:?}", token, all, left);
            }
            // And everything with an end goes at last, but for the head; of the others only what says something of its own stays.
            let at_last = purged(&all, 1_000);
            prop_assert!(at_last.iter().all(|entry| entry.until.is_none() || entry.seq == head));
            prop_assert_eq!(purged(&at_last, 2_000), at_last);
            // Whoever has come to where the feed was a margin ago finds the entry it has come to.
            let then = all.iter().rposition(|entry| entry.at < hour(now).minus(MARGIN));
            let monotone = all.is_sorted_by_key(|entry| entry.at);
            if let Some(then) = then && monotone {
                prop_assert!(left.contains(&all[then]));
            }
        }

        #[test]
        fn the_last_word_on_an_organization_never_goes(seq in 1i64..100, at in any::<i32>(), now in any::<i32>()) {
            let mut all = entries(vec![(Fact::Organization, 1)]);
            all[0].seq = Sequence(seq);
            all[0].at = Timestamp::from_seconds(at.into());
            let last = Later { superseded: false, settled: true };
            prop_assert!(!is_spent(&all[0], last, Timestamp::from_seconds(now.into())));
        }
    }
}
