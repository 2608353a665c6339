//! Reads a list piece by piece until a page is full, where not every row that is read is wanted.

use super::{Leaf, Seek};

/// How far one read of a list came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reached<K> {
    /// To the end of the list.
    End,
    /// To its last row, because it returned as many rows as it was asked for.
    LastRow,
    /// To the end of a part of the list. The key is what [`Leaf::within`] calls `looked_up_to`.
    Part(K),
}

impl<K> Reached<K> {
    /// Returns how far a read came that was asked for `asked` rows, and found `found`.
    #[must_use]
    pub fn of(found: usize, asked: i64) -> Self {
        if i64::try_from(found).is_ok_and(|found| found < asked) {
            Self::End
        } else {
            Self::LastRow
        }
    }
}

/// A page that is being filled.
#[derive(Debug)]
pub struct ReadOn<T, K> {
    first: Seek<K>,
    limit: i64,
    /// How many more rows may be read.
    left: i64,
    wanted: Vec<T>,
    /// Where the next read begins. `None` before the first read, and if there is nothing more to read.
    rest: Option<K>,
}

impl<T, K: Copy + PartialEq> ReadOn<T, K> {
    /// Begins a page of at most `limit` rows. Once `most` rows were read, it is not read on.
    pub const fn new(first: Seek<K>, limit: i64, most: i64) -> Self {
        Self {
            first,
            limit,
            left: most,
            wanted: Vec::new(),
            rest: None,
        }
    }

    /// Returns where the next read begins.
    #[must_use]
    pub fn seek(&self) -> Seek<K> {
        match self.rest {
            None => self.first,
            Some(key) if self.first.is_backwards() => Seek::UpTo(key),
            Some(key) => Seek::After(key),
        }
    }

    /// Adds the rows that a read from [`ReadOn::seek`] returned, in the direction of reading. Returns
    /// whether to read on.
    pub fn add(
        &mut self,
        read: Vec<T>,
        reached: Reached<K>,
        key: impl Fn(&T) -> K,
        is_wanted: impl Fn(&T) -> bool,
    ) -> bool {
        let rows = i64::try_from(read.len()).unwrap_or(i64::MAX);
        self.left = self.left.saturating_sub(rows);
        self.rest = match reached {
            Reached::End => None,
            Reached::LastRow => read.last().map(&key),
            Reached::Part(key) => Some(key),
        };
        self.wanted
            .extend(read.into_iter().filter(|row| is_wanted(row)));
        // One row more than the limit shows that there is another page.
        let enough = usize::try_from(self.limit).unwrap_or_default() + 1;
        if self.wanted.len() >= enough {
            self.wanted.truncate(enough);
            self.rest = None;
        }
        if reached == Reached::LastRow && self.first.is_backwards() {
            // The next read has this row again.
            let rest = self.rest;
            self.wanted.pop_if(|row| Some(key(row)) == rest);
        }
        self.rest.is_some() && self.left > 0
    }

    /// Returns where another page goes on. `None` if this one is full, or the list has ended.
    #[must_use]
    pub const fn rest(&self) -> Option<K> {
        self.rest
    }

    /// Returns the wanted rows in the direction of reading, one more than the limit if there are so many.
    #[must_use]
    pub fn into_rows(self) -> Vec<T> {
        self.wanted
    }

    /// Returns the page.
    pub fn into_page(self, key: impl Fn(&T) -> K) -> Leaf<T, K> {
        Leaf::within(self.first, self.wanted, self.limit, self.rest, key)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    /// How a list is read.
    #[derive(Debug, Clone)]
    struct How {
        limit: i64,
        /// How many rows one page reads.
        most: i64,
        /// How many rows each read is asked for.
        chunks: Vec<i64>,
        /// How many rows the parts of the list have that are looked at one after the other. `None` if a
        /// read looks at all rows.
        part: Option<usize>,
    }

    fn is_wanted(row: i64) -> bool {
        row % 3 != 0
    }

    /// Reads a page as a store does: of each part, only even rows are returned. Returns how many reads
    /// there were.
    fn page(rows: &BTreeSet<i64>, seek: Seek<i64>, how: &How) -> (Leaf<i64, i64>, usize) {
        let key = |row: &i64| *row;
        let mut reading = ReadOn::new(seek, how.limit, how.most);
        let mut reads = 0;
        let mut end: Option<Option<i64>> = None;
        loop {
            let ordered: Vec<i64> = match reading.seek() {
                Seek::First => rows.iter().copied().collect(),
                Seek::After(key) => rows.range(key + 1..).copied().collect(),
                Seek::UpTo(key) => rows.range(..=key).rev().copied().collect(),
            };
            // The part that was begun is read to its end.
            let end_of_part = *end.get_or_insert_with(|| {
                let part = how.part?;
                let behind = ordered.get(part).copied()?;
                if seek.is_backwards() {
                    Some(behind)
                } else {
                    ordered.get(part - 1).copied()
                }
            });
            let within = |row: &i64| match end_of_part {
                None => true,
                Some(end) if seek.is_backwards() => *row > end,
                Some(end) => *row <= end,
            };
            let asked = how.chunks[reads % how.chunks.len()];
            let read: Vec<i64> = ordered
                .into_iter()
                .filter(|row| within(row) && row % 2 == 0)
                .take(usize::try_from(asked).unwrap())
                .collect();
            let reached = match (Reached::of(read.len(), asked), end_of_part) {
                (Reached::End, Some(key)) => Reached::Part(key),
                (reached, _) => reached,
            };
            if reached != Reached::LastRow {
                end = None;
            }
            reads += 1;
            if !reading.add(read, reached, key, |row| is_wanted(*row)) {
                return (reading.into_page(key), reads);
            }
        }
    }

    fn how() -> impl Strategy<Value = How> {
        let chunks = prop::collection::vec(2_i64..9, 1..4);
        let part = prop::option::of(1_usize..30);
        (1_i64..9, 2_i64..60, chunks, part).prop_map(|(limit, most, chunks, part)| How {
            limit,
            most,
            chunks,
            part,
        })
    }

    proptest! {
        #[test]
        fn every_wanted_row_is_seen_once_in_both_directions(
            rows in prop::collection::btree_set(0_i64..300, 0..150), how in how(),
        ) {
            let wanted: Vec<i64> = rows.iter().copied().filter(|row| row % 2 == 0 && is_wanted(*row)).collect();
            let (mut leaf, _) = page(&rows, Seek::First, &how);
            let mut seen = leaf.rows.clone();
            let limit = usize::try_from(how.limit).unwrap();
            while let Some(next) = leaf.next {
                prop_assert!(leaf.rows.len() <= limit);
                leaf = page(&rows, next, &how).0;
                seen.extend(&leaf.rows);
            }
            prop_assert_eq!(&seen, &wanted);
            let mut back = leaf.rows.clone();
            while let Some(previous) = leaf.previous {
                leaf = page(&rows, previous, &how).0;
                prop_assert!(leaf.rows.len() <= limit);
                back.splice(0..0, leaf.rows.iter().copied());
            }
            prop_assert_eq!(back, wanted);
        }

        #[test]
        fn pages_are_full_while_few_rows_were_read(
            rows in prop::collection::btree_set(0_i64..300, 0..150), how in how(),
        ) {
            let how = How { most: i64::MAX, ..how };
            let limit = usize::try_from(how.limit).unwrap();
            let (mut leaf, _) = page(&rows, Seek::First, &how);
            while let Some(next) = leaf.next {
                prop_assert_eq!(leaf.rows.len(), limit);
                leaf = page(&rows, next, &how).0;
            }
            while let Some(previous) = leaf.previous {
                leaf = page(&rows, previous, &how).0;
                if leaf.previous.is_some() {
                    prop_assert_eq!(leaf.rows.len(), limit);
                }
            }
        }
    }

    #[test]
    fn one_read_is_enough_where_every_row_is_wanted() {
        let rows: BTreeSet<i64> = (0..100).map(|row| row * 6 + 2).collect();
        let how = How {
            limit: 10,
            most: 1_000,
            chunks: vec![11],
            part: None,
        };
        for seek in [Seek::First, Seek::After(50), Seek::UpTo(500)] {
            let (leaf, reads) = page(&rows, seek, &how);
            assert_eq!((leaf.rows.len(), reads), (10, 1), "{seek:?}");
        }
    }
}
