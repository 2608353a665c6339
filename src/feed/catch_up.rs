//! Reads the feed page by page while other processes write to it and purge it.
//!
//! The law: sequences have no gaps, so a reader detects missing entries. Those entries
//! were purged, and they may have said that a record changed: every cached record is dropped before
//! the page counts as applied. The entry that replaced a missing one was committed before the
//! missing one was purged, so the reader finds it by reading the head once more.
//!
//! Each page starts at the last entry the reader applied. A database that has this entry has lost
//! nothing up to it.

use super::{Entry, Position};

/// A page of the feed, as the reader applies it.
pub(super) struct Page<'a> {
    pub(super) entries: &'a [Entry],
    /// The reader's position after it has applied the page.
    pub(super) reached: Position,
    /// Whether no entry up to `reached` is missing.
    pub(super) whole: bool,
}

/// The result of [`read_on`].
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// No entry was missing.
    Whole,
    /// Some entries were missing: read the head again, and the entries up to it.
    Gaps,
    /// The database no longer has the entries that were applied before.
    Lost,
}

/// Reads the entries after `applied` up to and including `head`, in pages of at most `limit`.
/// `page` returns `None` if the database does not have the position it is called with.
///
/// # Errors
/// Returns the errors of `page` and of `take`.
pub(super) fn read_on<E>(
    mut applied: Position,
    head: Position,
    limit: usize,
    mut page: impl FnMut(Position) -> Result<Option<Vec<Entry>>, E>,
    mut take: impl FnMut(&Page<'_>) -> Result<(), E>,
) -> Result<Reading, E> {
    let mut all = true;
    while applied.seq < head.seq {
        let Some(entries) = page(applied)? else {
            return Ok(Reading::Lost);
        };
        // A page that is not full contains everything up to the head, even if entries between were
        // purged.
        let full = entries.len() >= limit;
        let reached = entries.last().filter(|_| full).map_or(head, Entry::place);
        let whole = i64::try_from(entries.len()) == Ok(reached.seq.0 - applied.seq.0);
        take(&Page {
            entries: &entries,
            reached,
            whole,
        })?;
        all &= whole;
        applied = reached;
    }
    Ok(if applied != head {
        Reading::Lost
    } else if all {
        Reading::Whole
    } else {
        Reading::Gaps
    })
}

#[cfg(test)]
mod tests {
    use super::super::index::arbitrary::{claims, entries, fact, index};
    use super::super::purge::left;
    use super::super::{Fact, Record};
    use super::*;
    use crate::base::{EntryTag, Sequence, Timestamp};
    use crate::token::Life;
    use crate::uptime::{Tick, Ticks};
    use proptest::prelude::*;
    use std::cell::RefCell;
    use std::collections::BTreeSet;
    use std::convert::Infallible;
    use std::time::Duration;

    /// A feed that other processes write to and purge in any order, and that sometimes loses its
    /// last entries.
    struct Shared {
        to_come: Vec<Entry>,
        rows: Vec<Entry>,
        head: Position,
        /// Every position that the present feed has ever had, purged or not.
        places: Vec<Position>,
        marks: i64,
    }

    impl Shared {
        fn begin(to_come: Vec<Entry>) -> Self {
            let nothing = entries(vec![(Fact::Changed(Record::Keys), 0)]);
            let rows = nothing.into_iter().map(|entry| Entry {
                seq: Sequence(0),
                mark: EntryTag(0),
                ..entry
            });
            Self {
                to_come,
                rows: rows.collect(),
                head: Position::default(),
                places: vec![Position::default()],
                marks: 0,
            }
        }

        fn write(&mut self) {
            if let Some(entry) = self.to_come.pop() {
                self.marks += 1;
                self.head = Position {
                    seq: Sequence(self.head.seq.0 + 1),
                    mark: EntryTag(self.marks),
                };
                let Position { seq, mark } = self.head;
                self.rows.push(Entry { seq, mark, ..entry });
                self.places.push(self.head);
            }
        }

        /// Purges as if everything written so far was written long ago.
        fn purge(&mut self) {
            let tick = |seq, days| Tick {
                seq: Sequence(self.head.seq.0 + seq),
                uptime: Duration::from_hours(24) * days,
                at: Timestamp::from_seconds(0),
                audit_id: 0,
            };
            let ticks = Ticks::new(vec![tick(1, 0), tick(2, 10_000)]);
            self.rows = left(&self.rows, self.head.seq, &ticks);
        }

        fn lose(&mut self, count: usize) {
            let left = self.places.len().saturating_sub(count).max(1);
            self.places.truncate(left);
            self.head = self.places[left - 1];
            self.rows.retain(|entry| entry.seq <= self.head.seq);
        }

        fn entries_after(
            &self,
            from: Position,
            head: Sequence,
            limit: usize,
        ) -> Option<Vec<Entry>> {
            let known = |entry: &Entry| entry.place() == from;
            let rows = self.rows.iter();
            self.rows.iter().any(known).then(|| {
                rows.filter(|entry| from.seq < entry.seq && entry.seq <= head)
                    .take(limit)
                    .copied()
                    .collect()
            })
        }
    }

    /// What other processes do before each read of the reader: the number of entries they write,
    /// whether they purge, and the number of entries that are lost.
    fn others_do() -> impl Strategy<Value = Vec<(usize, bool, usize)>> {
        let lost = prop_oneof![3 => Just(0), 1 => 1usize..4];
        prop::collection::vec((0usize..4, any::<bool>(), lost), 0..20)
    }

    proptest! {
        #[test]
        fn neither_a_purge_nor_a_loss_between_pages_hides_a_live_entry(
            facts in prop::collection::vec(((fact(), 0i64..3), any::<bool>()), 0..14),
            tokens in prop::collection::vec(claims(), 1..20),
            meanwhile in others_do(),
            limit in 1usize..4,
        ) {
            let (facts, ended): (Vec<_>, Vec<_>) = facts.into_iter().unzip();
            let mut to_come = entries(facts);
            for (entry, ended) in to_come.iter_mut().zip(ended) {
                entry.life = if ended { Life::NONE } else { Life::Endless };
            }
            let shared = RefCell::new(Shared::begin(to_come));
            let mut meanwhile = meanwhile.into_iter();
            let mut others = || {
                let (writes, purges, lost) = meanwhile.next().unwrap_or_default();
                let mut shared = shared.borrow_mut();
                shared.lose(lost);
                (0..writes).for_each(|_| shared.write());
                if purges {
                    shared.purge();
                }
            };
            let index = index();
            let applied = RefCell::new(Position::default());
            let mut missed = false;
            let mut seen = BTreeSet::new();
            loop {
                others();
                let head = shared.borrow().head;
                let from = *applied.borrow();
                let reading = read_on(from, head, limit, |from| {
                    others();
                    Ok::<_, Infallible>(shared.borrow().entries_after(from, head.seq, limit))
                }, |page| {
                    for entry in page.entries {
                        index.apply(entry);
                        seen.insert(entry.mark.0);
                    }
                    missed |= !page.whole;
                    *applied.borrow_mut() = page.reached;
                    Ok(())
                }).unwrap();
                match reading {
                    // The position is checked once more where the lease is granted.
                    Reading::Whole if shared.borrow().places.contains(&head) => break,
                    Reading::Whole | Reading::Gaps => {}
                    Reading::Lost => {
                        let shared = shared.borrow();
                        shared.rows.iter().for_each(|entry| index.apply(entry));
                        missed = true;
                        *applied.borrow_mut() = shared.head;
                    }
                }
            }
            let shared = shared.borrow();
            let reached = *applied.borrow();
            let is_known = |entry: &&Entry| entry.seq <= reached.seq;
            let known: Vec<_> = shared.rows.iter().filter(is_known).collect();
            for token in tokens {
                let endless = self::index();
                known.iter().filter(|entry| entry.life == Life::Endless).for_each(|entry| endless.apply(entry));
                prop_assert!(!endless.revokes(&token) || index.revokes(&token), "{:?} {:?}", token, known);
            }
            let all_seen = shared.places.iter().filter(|place| place.seq <= reached.seq).all(|place| place.mark.0 == 0 || seen.contains(&place.mark.0));
            prop_assert!(missed || all_seen, "a reader without a gap has seen every entry");
        }
    }
}
