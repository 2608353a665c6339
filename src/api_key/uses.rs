//! The use of API keys: counted in memory, and written in batches off the path of requests. What is
//! unusual in a batch becomes an alert in the transaction that writes it.
//!
//! The law: a use is counted once, also if the answer to a COMMIT is lost. A batch of which it is
//! not certain that it was written is written again with the same number, and the database has the
//! number of the last batch of each writer.

mod store;
mod write;

pub use store::{DayOfUse, requests_of, usage};
pub(super) use store::{purge, purge_networks, purge_writers};

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;
use std::time::Duration;

use parking_lot::Mutex;

use super::unusual_use::Seen;
use super::{LastRefusal, LastUse, Refused};
use crate::base::{ApiKeyId, OrganizationId, Timestamp, random};
use crate::db::{Db, Result};

/// The largest number of keys whose uses wait to be written. Until the next run of the job, uses of
/// further keys are lost.
const MOST: usize = 100_000;

/// How many keys one transaction writes.
const BATCH: usize = 100;

/// The number of microseconds of a day.
const DAY: i64 = 86_400 * 1_000_000;

/// How often a key was used on one day, and from where last.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) requests: i64,
    pub(super) refused: i64,
    /// The address of the last use that came with one; `None` if there was none.
    pub(super) address: Option<IpAddr>,
}

/// What is not written yet of a key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Pending {
    /// The counts by day: one day, or two if a day began since the last run of the job.
    pub(super) days: Vec<(i64, Counts)>,
    pub(super) last: LastUse,
    /// What alerts are decided by.
    pub(super) seen: Seen,
}

type Key = (OrganizationId, ApiKeyId);

/// Uses of keys that are not written yet.
pub struct KeyUses {
    pending: Mutex<HashMap<Key, Pending>>,
    unwritten: Mutex<Unwritten>,
}

/// The batches that are being written.
struct Unwritten {
    /// Stands for this process in the database.
    writer: String,
    /// The number of the last batch that was made.
    last: i64,
    batches: VecDeque<Batch>,
    /// When the last write began, in elapsed time; `None` if there was none.
    began: Option<Duration>,
}

/// Uses that are written together, in the order of their keys.
struct Batch {
    number: i64,
    rows: Vec<(Key, Pending)>,
}

impl Default for KeyUses {
    fn default() -> Self {
        let mut writer = String::new();
        random::push_base62(&mut writer, 22);
        Self {
            pending: Mutex::default(),
            unwritten: Mutex::new(Unwritten {
                writer,
                last: 0,
                batches: VecDeque::new(),
                began: None,
            }),
        }
    }
}

impl KeyUses {
    /// Counts a use.
    pub fn note(&self, key: Key, address: Option<IpAddr>, now: Timestamp) {
        self.change(key, now, |Pending { last, seen, .. }, counts| {
            counts.requests += 1;
            counts.address = address.or(counts.address);
            last.at = Some(now);
            last.address = address;
            seen.note(address, now);
        });
    }

    /// Counts a refusal.
    pub fn note_refusal(&self, key: Key, reason: Refused, address: Option<IpAddr>, now: Timestamp) {
        self.change(key, now, |Pending { last, .. }, counts| {
            counts.refused += 1;
            last.refusal = Some(LastRefusal {
                at: now,
                reason,
                address,
            });
        });
    }

    fn change(&self, key: Key, now: Timestamp, change: impl FnOnce(&mut Pending, &mut Counts)) {
        let mut all = self.pending.lock();
        if all.len() >= MOST && !all.contains_key(&key) {
            return;
        }
        let pending = all.entry(key).or_default();
        let day = now.as_micros().div_euclid(DAY);
        let place = pending.days.iter().position(|(other, _)| *other == day);
        let mut counts = place
            .and_then(|place| pending.days.get(place))
            .map_or_else(Counts::default, |(_, counts)| *counts);
        change(pending, &mut counts);
        match place.and_then(|place| pending.days.get_mut(place)) {
            Some(kept) => kept.1 = counts,
            None => pending.days.push((day, counts)),
        }
    }

    /// Does what [`KeyUses::write`] does, unless the last write began less than `every` ago. `elapsed` is
    /// the elapsed time of the clock.
    ///
    /// # Errors
    /// Returns an error if the database call fails.
    pub fn write_if_due(&self, db: &Db, every: Duration, elapsed: Duration) -> Result<usize> {
        let began = self.unwritten.lock().began;
        if began.is_some_and(|began| elapsed < began + every) {
            return Ok(0);
        }
        let written = self.write(db)?;
        self.unwritten.lock().began = Some(elapsed);
        Ok(written)
    }

    /// Writes the uses to the database, with the alerts that follow from them. Returns the number of
    /// keys. What could not be written is written by the next run.
    ///
    /// # Errors
    /// Returns an error if the database call fails.
    pub fn write(&self, db: &Db) -> Result<usize> {
        // One caller writes at a time: the database has only the number of the last batch.
        let mut unwritten = self.unwritten.lock();
        let left = unwritten.write(db)?;
        // Requests wait for this lock, so no batches are made under it.
        let pending = std::mem::take(&mut *self.pending.lock());
        unwritten.take(pending);
        Ok(left + unwritten.write(db)?)
    }
}

impl Unwritten {
    /// Makes batches of what is pending. There are no others, so their number is bounded.
    fn take(&mut self, pending: HashMap<Key, Pending>) {
        let mut pending: Vec<_> = pending.into_iter().collect();
        // In the order of the primary key, so that two nodes never wait for each other.
        pending.sort_unstable_by_key(|(key, _)| *key);
        let mut pending = pending.into_iter();
        loop {
            let rows: Vec<_> = pending.by_ref().take(BATCH).collect();
            if rows.is_empty() {
                return;
            }
            self.last += 1;
            self.batches.push_back(Batch {
                number: self.last,
                rows,
            });
        }
    }

    /// Writes the batches in their order. Returns the number of keys.
    fn write(&mut self, db: &Db) -> Result<usize> {
        let mut written = 0;
        while let Some(batch) = self.batches.front() {
            let by = (self.writer.as_str(), batch.number);
            db.write_blocking(|conn| write::write(conn, by, &batch.rows))?;
            written += batch.rows.len();
            self.batches.pop_front();
        }
        Ok(written)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Url;
    use crate::db::{self, Options};

    /// The answer to a COMMIT was lost: the batch is written again, and counted once.
    #[test]
    fn a_batch_that_was_written_is_not_written_again() {
        let folder = tempfile::tempdir().unwrap();
        let url = Url::Sqlite(folder.path().join("uses.db"));
        db::migrate(&url).unwrap();
        let db = Db::open(&Options {
            url,
            pool_size: 1,
            acquire_timeout: Duration::from_secs(5),
        })
        .unwrap();
        let uses = KeyUses::default();
        let key = (OrganizationId(1), ApiKeyId::draw());
        let at = Timestamp::from_seconds(86_400);
        let requests = || -> i64 {
            let read = |conn: &mut db::Conn| usage(conn, key.0, None, (0, 9), None, 10);
            let days = db.read_blocking(read).unwrap();
            days.iter().map(|day| day.requests).sum()
        };
        for round in 1..=3 {
            uses.note(key, None, at);
            let batch = {
                let mut unwritten = uses.unwritten.lock();
                unwritten.take(std::mem::take(&mut *uses.pending.lock()));
                let by = (unwritten.writer.clone(), unwritten.last);
                let rows = unwritten.batches.front().unwrap().rows.clone();
                (by, rows)
            };
            let ((writer, number), rows) = batch;
            db.write_blocking(|conn| write::write(conn, (&writer, number), &rows))
                .unwrap();
            assert_eq!(requests(), round);
            // The node has not applied it yet.
            assert_eq!(uses.write(&db).unwrap(), 1);
            assert_eq!(requests(), round);
        }
    }

    #[test]
    fn uses_are_counted_by_day() {
        let uses = KeyUses::default();
        let key = (OrganizationId(1), ApiKeyId::draw());
        let day = |n: i64| Timestamp::from_seconds(n * 86_400);
        let address: Option<IpAddr> = Some("10.0.0.1".parse().unwrap());
        uses.note(key, address, day(1));
        uses.note(key, None, day(2));
        uses.note_refusal(key, Refused::AddressDenied, None, day(2));
        uses.note(key, None, day(1));
        let all = uses.pending.lock();
        let pending = all.get(&key).unwrap();
        let counts = |requests, refused, address| Counts {
            requests,
            refused,
            address,
        };
        let days = [(1, counts(2, 0, address)), (2, counts(1, 1, None))];
        assert_eq!(pending.days, days);
        assert!(pending.last.refusal.is_some());
    }

    #[test]
    fn batches_are_numbered_and_lose_no_key() {
        let uses = KeyUses::default();
        for _ in 0..=2 * BATCH {
            let key = (OrganizationId(1), ApiKeyId::draw());
            uses.note(key, None, Timestamp::from_seconds(1));
        }
        let mut unwritten = uses.unwritten.lock();
        unwritten.take(std::mem::take(&mut *uses.pending.lock()));
        let made: Vec<_> = unwritten
            .batches
            .iter()
            .map(|batch| (batch.number, batch.rows.len()))
            .collect();
        assert_eq!(made, [(1, BATCH), (2, BATCH), (3, 1)]);
        // None holds the memory of all.
        let room = |batch: &Batch| batch.rows.capacity() < 2 * BATCH;
        assert!(unwritten.batches.iter().all(room));
        let keys: Vec<_> = unwritten
            .batches
            .iter()
            .flat_map(|batch| batch.rows.iter().map(|(key, _)| *key))
            .collect();
        assert!(keys.is_sorted());
    }
}
