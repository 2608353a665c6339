//! Reading on, page by page, while others write and purge.
//!
//! The law: sequences have no gaps, so a reader knows when entries are missing. Those were purged, and may have told of
//! changes: what it remembers of records is forgotten before the page counts as applied. An entry that took a missing one's
//! place was committed before that one was purged: it is found by asking for the head once more.

use super::Entry;
use crate::base::Sequence;

/// A page of the feed as a reader takes it in.
pub(super) struct Page<'a> {
    pub(super) entries: &'a [Entry],
    /// How far one has come who has taken it in.
    pub(super) reached: Sequence,
    /// Whether no entry up to there is missing.
    pub(super) whole: bool,
}

/// Reads what is after `after`, up to and with `head`, with pages of at most `limit`; whether no entry was missing. If one was,
/// ask for the head again and read on.
pub(super) fn read_on<E>(
    mut after: Sequence,
    head: Sequence,
    limit: usize,
    mut page: impl FnMut(Sequence) -> Result<Vec<Entry>, E>,
    mut take: impl FnMut(&Page<'_>) -> Result<(), E>,
) -> Result<bool, E> {
    let mut all = true;
    while after < head {
        let entries = page(after)?;
        // A short page means that everything up to the head was seen, even if entries were purged between.
        let full = entries.len() >= limit;
        let reached = entries
            .last()
            .filter(|_| full)
            .map_or(head, |last| last.seq);
        let whole = i64::try_from(entries.len()) == Ok(reached.0 - after.0);
        take(&Page {
            entries: &entries,
            reached,
            whole,
        })?;
        all &= whole;
        after = reached;
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::super::index::arbitrary::{claims, entries, fact};
    use super::super::{Index, is_spent};
    use super::*;
    use crate::base::Timestamp;
    use proptest::prelude::*;
    use std::cell::RefCell;
    use std::collections::BTreeSet;
    use std::convert::Infallible;

    /// A feed that others write to and purge, in whatever order.
    struct Shared {
        to_come: Vec<Entry>,
        rows: Vec<Entry>,
        head: Sequence,
    }

    impl Shared {
        fn write(&mut self) {
            if let Some(entry) = self.to_come.pop() {
                self.head = entry.seq;
                self.rows.push(entry);
            }
        }

        fn purge(&mut self, now: Timestamp) {
            let rows = self.rows.clone();
            self.rows.retain(|entry| {
                let superseded = rows.iter().any(|later| {
                    later.seq > entry.seq
                        && later.organization == entry.organization
                        && later.fact == entry.fact
                        && later.until.is_none()
                });
                !is_spent(entry, superseded, now)
            });
        }

        fn between(&self, after: Sequence, head: Sequence, limit: usize) -> Vec<Entry> {
            let rows = self.rows.iter();
            rows.filter(|entry| after < entry.seq && entry.seq <= head)
                .take(limit)
                .copied()
                .collect()
        }
    }

    proptest! {
        /// `meanwhile`: what others do before each of the reader's reads.
        #[test]
        fn a_purge_between_pages_hides_nothing_alive(
            facts in prop::collection::vec(((fact(), 0i64..2), any::<bool>()), 0..14),
            tokens in prop::collection::vec(claims(), 1..20),
            meanwhile in prop::collection::vec((0usize..4, any::<bool>()), 0..20),
            limit in 1usize..4,
        ) {
            // All was written long ago; what has an end has ended long ago.
            let (facts, ended): (Vec<_>, Vec<_>) = facts.into_iter().unzip();
            let mut all = entries(facts);
            let now = Timestamp::from_seconds(1_000_000_000);
            for (entry, ended) in all.iter_mut().zip(ended) {
                entry.until = ended.then_some(entry.at);
            }
            let to_come = all.iter().rev().copied().collect();
            let shared = RefCell::new(Shared { to_come, rows: Vec::new(), head: Sequence(0) });
            let mut meanwhile = meanwhile.into_iter();
            let mut others = || {
                let (writes, purges) = meanwhile.next().unwrap_or_default();
                let mut shared = shared.borrow_mut();
                (0..writes).for_each(|_| shared.write());
                if purges {
                    shared.purge(now);
                }
            };
            let index = Index::default();
            let applied = RefCell::new(Sequence(0));
            let mut missed = false;
            let mut seen = BTreeSet::new();
            let whole = loop {
                others();
                let head = shared.borrow().head;
                let from = *applied.borrow();
                let whole = read_on(from, head, limit, |after| {
                    others();
                    Ok::<_, Infallible>(shared.borrow().between(after, head, limit))
                }, |page| {
                    for entry in page.entries {
                        index.apply(entry);
                        seen.insert(entry.seq);
                    }
                    missed |= !page.whole;
                    *applied.borrow_mut() = page.reached;
                    Ok(())
                }).unwrap();
                prop_assert_eq!(*applied.borrow(), head.max(from));
                if whole {
                    break head;
                }
            };
            let known: Vec<_> = all.iter().filter(|entry| entry.seq <= whole).collect();
            for token in tokens {
                let alive = Index::default();
                known.iter().filter(|entry| entry.until.is_none()).for_each(|entry| alive.apply(entry));
                prop_assert!(!alive.revokes(&token) || index.revokes(&token), "{:?} {:?}", token, known);
            }
            prop_assert!(missed || seen.len() == known.len(), "whoever was told of no gap has seen every entry");
        }
    }
}
