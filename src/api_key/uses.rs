//! The use of API keys: counted in memory, and written in batches off the path of requests.

mod store;

pub(super) use store::purge;
pub use store::{DayOfUse, usage};

use std::collections::HashMap;
use std::net::IpAddr;

use parking_lot::Mutex;

use super::{LastRefusal, LastUse, Refused};
use crate::base::{ApiKeyId, OrganizationId, Timestamp};
use crate::db::{Db, Result};

/// The largest number of keys whose uses wait to be written. Until the next run of the job, uses of
/// further keys are lost.
const MOST: usize = 100_000;

/// How many keys one transaction writes.
const BATCH: usize = 200;

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
}

type Key = (OrganizationId, ApiKeyId);

/// Uses of keys that are not written yet.
#[derive(Default)]
pub struct KeyUses(Mutex<HashMap<Key, Pending>>);

impl KeyUses {
    /// Counts a use.
    pub fn note(&self, key: Key, address: Option<IpAddr>, now: Timestamp) {
        self.change(key, now, |pending, counts| {
            counts.requests += 1;
            counts.address = address.or(counts.address);
            pending.at = Some(now);
            pending.address = address;
        });
    }

    /// Counts a refusal.
    pub fn note_refusal(&self, key: Key, reason: Refused, address: Option<IpAddr>, now: Timestamp) {
        self.change(key, now, |pending, counts| {
            counts.refused += 1;
            pending.refusal = Some(LastRefusal {
                at: now,
                reason,
                address,
            });
        });
    }

    fn change(&self, key: Key, now: Timestamp, change: impl FnOnce(&mut LastUse, &mut Counts)) {
        let mut all = self.0.lock();
        if all.len() >= MOST && !all.contains_key(&key) {
            return;
        }
        let pending = all.entry(key).or_default();
        let day = now.as_micros().div_euclid(DAY);
        let place = pending.days.iter().position(|(other, _)| *other == day);
        let place = place.unwrap_or_else(|| {
            pending.days.push((day, Counts::default()));
            pending.days.len() - 1
        });
        if let Some((_, counts)) = pending.days.get_mut(place) {
            change(&mut pending.last, counts);
        }
    }

    /// Writes the uses to the database. Returns the number of keys. What could not be written is
    /// kept for the next run.
    ///
    /// # Errors
    /// Returns an error if the database call fails.
    pub fn write(&self, db: &Db) -> Result<usize> {
        let mut pending: Vec<_> = std::mem::take(&mut *self.0.lock()).into_iter().collect();
        // In the order of the primary key, so that two nodes never wait for each other.
        pending.sort_unstable_by_key(|(key, _)| *key);
        let mut batches = pending.chunks(BATCH);
        let mut written = 0;
        for batch in batches.by_ref() {
            if let Err(why) = db.write_blocking(|conn| store::write(conn, batch)) {
                self.keep(pending.iter().skip(written));
                return Err(why);
            }
            written += batch.len();
        }
        Ok(written)
    }

    /// Puts back what was not written.
    fn keep<'a>(&self, unwritten: impl Iterator<Item = &'a (Key, Pending)>) {
        let mut all = self.0.lock();
        for (key, pending) in unwritten {
            let newer = all.entry(*key).or_default();
            for (day, counts) in &pending.days {
                match newer.days.iter_mut().find(|(other, _)| other == day) {
                    Some((_, sum)) => {
                        sum.requests += counts.requests;
                        sum.refused += counts.refused;
                        sum.address = sum.address.or(counts.address);
                    }
                    None => newer.days.push((*day, *counts)),
                }
            }
            if newer.last.at.is_none() {
                newer.last.at = pending.last.at;
                newer.last.address = pending.last.address;
            }
            if newer.last.refusal.is_none() {
                newer.last.refusal.clone_from(&pending.last.refusal);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uses_are_counted_by_day_and_what_is_put_back_is_added() {
        let uses = KeyUses::default();
        let key = (OrganizationId(1), ApiKeyId::draw());
        let day = |n: i64| Timestamp::from_seconds(n * 86_400);
        uses.note(key, None, day(1));
        uses.note(key, None, day(2));
        uses.note_refusal(key, Refused::AddressDenied, None, day(2));
        let taken: Vec<_> = std::mem::take(&mut *uses.0.lock()).into_iter().collect();
        uses.note(key, Some("10.0.0.1".parse().unwrap()), day(2));
        uses.keep(taken.iter());
        let all = uses.0.lock();
        let pending = all.get(&key).unwrap();
        let address = Some("10.0.0.1".parse().unwrap());
        let counts = |requests, refused, address| Counts {
            requests,
            refused,
            address,
        };
        let days = [(2, counts(2, 1, address)), (1, counts(1, 0, None))];
        assert_eq!(pending.days, days);
        assert_eq!(pending.last.address, address);
        assert!(pending.last.refusal.is_some());
    }
}
