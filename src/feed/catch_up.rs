//! Reading on, page by page, while others write and purge.
//!
//! The law: sequences have no gaps, so a reader knows when entries are missing. Those were purged, and may have told of
//! changes: what it remembers of records is forgotten before the page counts as applied. An entry that took a missing one's
//! place was committed before that one was purged: it is found by asking for the head once more.
//!
//! And a database that knows the entry one has come to has lost nothing up to there: each page begins at that entry.

use super::{Entry, Position};

/// A page of the feed as a reader takes it in.
pub(super) struct Page<'a> {
    pub(super) entries: &'a [Entry],
    /// How far one has come who has taken it in.
    pub(super) reached: Position,
    /// Whether no entry up to there is missing.
    pub(super) whole: bool,
}

/// What reading on has come to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// No entry was missing.
    Whole,
    /// Some were: ask for the head again and read on.
    Gaps,
    /// What was taken in before is not what the database holds.
    Lost,
}

/// Reads what is after `applied`, up to and with `head`, with pages of at most `limit`; `page` says nothing where the database does not
/// know the place asked about.
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
        // A short page means that everything up to the head was seen, even if entries were purged between.
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

    /// A feed that others write to and purge, in whatever order, and that loses its last entries at times.
    struct Shared {
        to_come: Vec<Entry>,
        rows: Vec<Entry>,
        head: Position,
        /// Every place there ever was in what is the feed now.
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

        /// All that was written up to now was written long ago.
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

    /// What others do before each of the reader's reads: how many entries they write, whether they purge, how many are lost.
    fn doings() -> impl Strategy<Value = Vec<(usize, bool, usize)>> {
        let lost = prop_oneof![3 => Just(0), 1 => 1usize..4];
        prop::collection::vec((0usize..4, any::<bool>(), lost), 0..20)
    }

    proptest! {
        #[test]
        fn neither_a_purge_nor_a_loss_between_pages_hides_anything_alive(
            facts in prop::collection::vec(((fact(), 0i64..3), any::<bool>()), 0..14),
            tokens in prop::collection::vec(claims(), 1..20),
            meanwhile in doings(),
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
                    // It is known where the lease is granted, too.
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
                let alive = self::index();
                known.iter().filter(|entry| entry.life == Life::Endless).for_each(|entry| alive.apply(entry));
                prop_assert!(!alive.revokes(&token) || index.revokes(&token), "{:?} {:?}", token, known);
            }
            let all_seen = shared.places.iter().filter(|place| place.seq <= reached.seq).all(|place| place.mark.0 == 0 || seen.contains(&place.mark.0));
            prop_assert!(missed || all_seen, "whoever was told of no gap has seen every entry");
        }
    }
}
