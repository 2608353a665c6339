//! Writes what was counted.

use std::collections::BTreeMap;

use super::{Counts, Grain, Line, Pending, Usage, store};
use crate::base::{OrganizationId, Timestamp};
use crate::db::{Db, Result};

/// How many counts one transaction writes: three rows each.
const BATCH: usize = 500;

/// Returns the rows to which counts are added, in the order of their keys: on PostgreSQL two nodes
/// that add to the same rows cannot deadlock then.
#[must_use]
pub fn spread(pending: &[Pending]) -> Vec<Line> {
    let mut rows: BTreeMap<(OrganizationId, Grain, Timestamp), Counts> = BTreeMap::new();
    for ((organization, minute), counts) in pending {
        for grain in Grain::ALL {
            let key = (*organization, grain, grain.start(*minute));
            rows.entry(key).or_default().merge(counts);
        }
    }
    let line = |((organization, grain, at), counts)| Line {
        organization,
        grain,
        at,
        counts,
    };
    rows.into_iter().map(line).collect()
}

impl Usage {
    /// Adds what was gathered to the rows of the database. What cannot be written is kept for the next
    /// time. If the answer to a COMMIT is lost, a batch may be added twice: nothing is billed by it.
    /// Returns how many counts were written.
    ///
    /// # Errors
    /// Returns an error if the database call fails.
    pub fn write(&self, db: &Db) -> Result<usize> {
        let taken = self.take();
        let mut left = taken.as_slice();
        while !left.is_empty() {
            let (batch, rest) = left.split_at(left.len().min(BATCH));
            let rows = spread(batch);
            if let Err(why) = db.write_blocking(|conn| store::add(conn, &rows)) {
                self.put_back(left);
                return Err(why);
            }
            left = rest;
        }
        Ok(taken.len())
    }
}
