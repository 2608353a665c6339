//! Pages of a list, forwards and backwards.
//!
//! A list has an order without ties, and a key says where each row stands in it. A page begins at a
//! cut, the place right behind a key. The rows are read from the cut forwards or backwards, so it does
//! not matter what was added or removed meanwhile. The law:
//!
//! - The page before one that was reached by `next` ends at the cut where that one begins, and the
//!   reverse. If nothing changes, going n pages forward and n pages back shows the same pages.
//! - Pages of one walk in one direction have no row in common, whatever changes meanwhile.
//!
//! Where one read looks at a part of a list only, the way back has the same rows, but pages that are not
//! full may begin and end elsewhere.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::Timestamp;

/// Where a page of a list is, and in which direction it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seek<K> {
    /// The first page.
    First,
    /// The rows after this key, read forwards.
    After(K),
    /// The rows up to this key, which is included, read backwards.
    UpTo(K),
}

impl<K> Seek<K> {
    /// Returns the page after a key; the first one if there is no key.
    #[must_use]
    pub fn after(key: Option<K>) -> Self {
        key.map_or(Self::First, Self::After)
    }

    /// Returns the key. `None` if this is the first page.
    #[must_use]
    pub const fn key(&self) -> Option<&K> {
        match self {
            Self::First => None,
            Self::After(key) | Self::UpTo(key) => Some(key),
        }
    }

    /// Returns the same place with another key.
    pub fn map<L>(self, of: impl FnOnce(K) -> L) -> Seek<L> {
        match self {
            Self::First => Seek::First,
            Self::After(key) => Seek::After(of(key)),
            Self::UpTo(key) => Seek::UpTo(of(key)),
        }
    }

    /// Returns whether the rows are read backwards.
    #[must_use]
    pub const fn is_backwards(&self) -> bool {
        matches!(self, Self::UpTo(_))
    }

    /// Returns whether this is the first page.
    #[must_use]
    pub const fn is_first(&self) -> bool {
        matches!(self, Self::First)
    }
}

impl<K: fmt::Display> Seek<K> {
    /// Returns the text that stands for the page in a URL. `None` if it is the first page. Its form
    /// may change with each release.
    #[must_use]
    pub fn cursor(&self) -> Option<String> {
        let text = match self {
            Self::First => return None,
            Self::After(key) => format!(">{key}"),
            Self::UpTo(key) => format!("<{key}"),
        };
        Some(URL_SAFE_NO_PAD.encode(text))
    }
}

impl<K: FromStr> Seek<K> {
    /// Reads what [`Seek::cursor`] has written. Every other text stands for the first page.
    #[must_use]
    pub fn of_cursor(text: &str) -> Self {
        let read = || {
            let text = String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
            let of = text.get(1..)?.parse().ok()?;
            match text.get(..1)? {
                ">" => Some(Self::After(of)),
                "<" => Some(Self::UpTo(of)),
                _ => None,
            }
        };
        read().unwrap_or(Self::First)
    }
}

/// The rows of a page, and the pages beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaf<T, K> {
    /// The rows, in the order of the list.
    pub rows: Vec<T>,
    /// The page before this one. `None` if there is none.
    pub previous: Option<Seek<K>>,
    /// The page after this one. `None` if there is none.
    pub next: Option<Seek<K>>,
}

impl<T, K> Leaf<T, K> {
    /// Makes a page of the rows that were read for it: the nearest ones in the direction of reading,
    /// in that order, one more than `limit` if there are so many.
    pub fn of(seek: Seek<K>, read: Vec<T>, limit: i64, key: impl Fn(&T) -> K) -> Self {
        Self::within(seek, read, limit, None, key)
    }

    /// Like [`Leaf::of`], for a list of which one read looks at a part only. `looked_up_to` is the key
    /// of the last row that was looked at, shown or not, if there are more behind it: forwards the last
    /// one of the part, backwards the first one behind the part.
    pub fn within(
        seek: Seek<K>,
        mut read: Vec<T>,
        limit: i64,
        looked_up_to: Option<K>,
        key: impl Fn(&T) -> K,
    ) -> Self {
        let most = usize::try_from(limit).unwrap_or_default();
        let more = (read.len() > most).then(|| read.split_off(most));
        match seek {
            Seek::UpTo(cut) => {
                // The first row that does not fit is the last one of the page before.
                let behind = more.as_ref().and_then(|more| more.first()).map(key);
                read.reverse();
                Self {
                    rows: read,
                    previous: behind.or(looked_up_to).map(Seek::UpTo),
                    next: Some(Seek::After(cut)),
                }
            }
            forwards => {
                let last = more.and_then(|_| read.last().map(key));
                Self {
                    rows: read,
                    previous: match forwards {
                        Seek::After(cut) => Some(Seek::UpTo(cut)),
                        _ => None,
                    },
                    next: last.or(looked_up_to).map(Seek::After),
                }
            }
        }
    }
}

/// The key of a list that is ordered by a time and then by an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct TimeKey<I> {
    /// The time.
    pub at: Timestamp,
    /// The id.
    pub id: I,
}

impl<I: fmt::Display> fmt::Display for TimeKey<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}_{}", self.at.as_micros(), self.id)
    }
}

/// A text that is no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoKey;

impl<I: FromStr> FromStr for TimeKey<I> {
    type Err = NoKey;
    fn from_str(text: &str) -> Result<Self, NoKey> {
        let (micros, id) = text.split_once('_').ok_or(NoKey)?;
        let micros = micros.parse().map_err(|_| NoKey)?;
        Ok(Self {
            at: Timestamp::from_micros(micros),
            id: id.parse().map_err(|_| NoKey)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    type Rows = BTreeSet<i64>;

    /// Reads a page as a database does. With `part`, it looks at so many rows only, and shows those
    /// that are divisible by three.
    fn read(rows: &Rows, seek: Seek<i64>, limit: i64, part: Option<usize>) -> Leaf<i64, i64> {
        let ordered: Vec<i64> = match seek {
            Seek::First => rows.iter().copied().collect(),
            Seek::After(key) => rows.range(key + 1..).copied().collect(),
            Seek::UpTo(key) => rows.range(..=key).rev().copied().collect(),
        };
        let most = usize::try_from(limit).unwrap() + 1;
        let Some(part) = part else {
            let read = ordered.into_iter().take(most).collect();
            return Leaf::of(seek, read, limit, |row| *row);
        };
        let behind = ordered.get(part).copied();
        let last = behind.and(ordered.get(part - 1).copied());
        let looked_up_to = if seek.is_backwards() { behind } else { last };
        let looked_at = ordered.into_iter().take(part);
        let read = looked_at.filter(|row| row % 3 == 0).take(most).collect();
        Leaf::within(seek, read, limit, looked_up_to, |row| *row)
    }

    fn again(seek: Seek<i64>) -> Seek<i64> {
        seek.cursor()
            .map_or(Seek::First, |text| Seek::of_cursor(&text))
    }

    proptest! {
        #[test]
        fn as_many_pages_back_as_forward_are_the_same_pages(
            rows in prop::collection::btree_set(0_i64..200, 0..80), limit in 1_i64..9,
            part in prop::option::of(1_usize..12),
        ) {
            let mut forward = vec![read(&rows, Seek::First, limit, part)];
            while let Some(next) = forward.last().unwrap().next {
                forward.push(read(&rows, again(next), limit, part));
            }
            let shown: Vec<i64> = forward.iter().flat_map(|leaf| leaf.rows.clone()).collect();
            let wanted: Vec<i64> = rows.iter().copied().filter(|row| part.is_none() || row % 3 == 0).collect();
            prop_assert_eq!(&shown, &wanted, "forward, every row is seen once");
            let mut here = forward.pop().unwrap();
            let mut back = here.rows.clone();
            while let Some(previous) = here.previous {
                here = read(&rows, again(previous), limit, part);
                back.splice(0..0, here.rows.iter().copied());
                if part.is_none() {
                    let before = forward.pop().unwrap();
                    prop_assert_eq!(&here.rows, &before.rows);
                    prop_assert_eq!(here.next, before.next);
                }
            }
            prop_assert_eq!(back, wanted, "back, every row is seen once");
            prop_assert!(part.is_some() || forward.is_empty());
        }

        #[test]
        fn no_row_is_seen_twice_whatever_changes_meanwhile(
            rows in prop::collection::btree_set(0_i64..200, 0..80), limit in 1_i64..9,
            part in prop::option::of(1_usize..12), from in prop::option::of(0_i64..200),
            changes in prop::collection::vec(prop::collection::btree_set(0_i64..200, 0..6), 1..60),
        ) {
            let mut rows = rows;
            let mut changes = changes.into_iter();
            let start = from.map_or(Seek::First, Seek::UpTo);
            let (mut seen, mut place) = (BTreeSet::new(), Some(start));
            while let Some(seek) = place {
                let leaf = read(&rows, again(seek), limit, part);
                prop_assert!(leaf.rows.is_sorted() && leaf.rows.len() <= usize::try_from(limit).unwrap());
                for row in &leaf.rows {
                    prop_assert!(seen.insert(*row), "{row} is seen twice");
                }
                place = if from.is_some() { leaf.previous } else { leaf.next };
                let Some(changed) = changes.next() else { break };
                // What is there goes, what is not there comes.
                rows = rows.symmetric_difference(&changed).copied().collect();
            }
        }

        #[test]
        fn no_cursor_is_too_strange(text in ".*") {
            let _: Seek<i64> = Seek::of_cursor(&text);
            let _: Seek<TimeKey<i64>> = Seek::of_cursor(&URL_SAFE_NO_PAD.encode(&text));
        }

        #[test]
        fn a_cursor_leads_to_its_page(micros in any::<i64>(), id in any::<i64>()) {
            let key = TimeKey { at: Timestamp::from_micros(micros), id };
            for seek in [Seek::After(key), Seek::UpTo(key)] {
                prop_assert_eq!(Seek::of_cursor(&seek.cursor().unwrap()), seek);
            }
        }
    }

    #[test]
    fn an_unknown_cursor_is_the_first_page() {
        for text in ["", "x", "7", "PjE", "PHg", "Pi0"] {
            let seek: Seek<i64> = Seek::of_cursor(text);
            assert!(seek.is_first() || text == "PjE", "{text}");
        }
    }
}
