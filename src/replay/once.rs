//! Using a value.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use quick_cache::sync::Cache;

use super::{Bucket, Once, Scope, Value, store};
use crate::base::{Clock, Timestamp};
use crate::db::{Conn, Db, Error};

/// How far ahead of now `until` may be.
const AHEAD: Duration = Duration::from_hours(1);

/// Most values of one scope in one bucket that this node accepts, those of other nodes that it found when it
/// began to count included.
const MOST: u32 = 200_000;

/// Scopes and buckets whose values are counted in memory. Of others the database is asked again.
const COUNTED: usize = 4_096;

/// Why a value was not accepted, although it may be new.
#[derive(Debug)]
pub enum ReplayError {
    /// What the value guards has been over for so long that it is not known any more whether it was used.
    Expired,
    /// `until` is more than an hour ahead.
    TooFar,
    /// Too many values of this scope were used for these five minutes.
    Full,
    /// The database failed. Whether the value counts as used now is not known; if it does, the next
    /// attempt with it is refused.
    Database(Error),
}

impl fmt::Display for ReplayError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Expired => f.write_str("it has expired"),
            Self::TooFar => f.write_str("it expires more than an hour from now"),
            Self::Full => f.write_str("too many of its kind were used within five minutes"),
            Self::Database(why) => why.fmt(f),
        }
    }
}

impl std::error::Error for ReplayError {}

impl From<Error> for ReplayError {
    fn from(error: Error) -> Self {
        Self::Database(error)
    }
}

type Counts = Cache<(Scope, Bucket), Arc<AtomicU32>>;

/// Remembers which values were used, in the database that all nodes share.
pub struct Replay {
    db: Db,
    clock: Clock,
    counts: Arc<Counts>,
}

impl Replay {
    /// Remembers values in `db`.
    #[must_use]
    pub fn new(db: Db, clock: Clock) -> Self {
        Self {
            db,
            clock,
            counts: Arc::new(Cache::new(COUNTED)),
        }
    }

    /// Uses a value. `until` is the last instant at which what it guards is accepted; it must follow from
    /// what was presented alone. Anything but [`Once::First`] means that the request must be refused.
    ///
    /// # Errors
    /// Returns the [`ReplayError`].
    pub async fn once(
        &self,
        scope: Scope,
        value: Value,
        until: Timestamp,
    ) -> Result<Once, ReplayError> {
        if until > self.clock.now().plus(AHEAD) {
            return Err(ReplayError::TooFar);
        }
        let counts = Arc::clone(&self.counts);
        self.db
            .run(move |db| {
                db.write_statement_blocking(|conn| {
                    use_value(conn, &counts, scope, value, Bucket::of(until))
                })
            })
            .await
    }
}

fn use_value(
    conn: &mut Conn,
    counts: &Counts,
    scope: Scope,
    value: Value,
    bucket: Bucket,
) -> Result<Once, ReplayError> {
    let used = if let Some(used) = counts.get(&(scope, bucket)) {
        used
    } else {
        let stored = store::count(conn, scope, bucket, MOST)?;
        let used = Arc::new(AtomicU32::new(stored));
        counts.insert((scope, bucket), Arc::clone(&used));
        used
    };
    // Counted before it is written, so that callers at the same time stay within the bound together.
    let counted = Counted::add(&used).ok_or(ReplayError::Full)?;
    if store::insert(conn, scope, value, bucket)? {
        counted.keep();
        return Ok(Once::First);
    }
    // The statement has refused the value; this only says why.
    if bucket <= store::floor(conn)?.bucket {
        return Err(ReplayError::Expired);
    }
    Ok(Once::Again)
}

/// One more in a count, taken back when it is dropped.
struct Counted<'a>(&'a AtomicU32);

impl<'a> Counted<'a> {
    /// Returns `None` if the count is full.
    fn add(count: &'a AtomicU32) -> Option<Self> {
        let one = Self(count);
        (count.fetch_add(1, Ordering::Relaxed) < MOST).then_some(one)
    }

    fn keep(self) {
        std::mem::forget(self);
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_count_takes_no_more_until_there_is_room() {
        let count = AtomicU32::new(MOST - 1);
        let last = Counted::add(&count).unwrap();
        assert!(Counted::add(&count).is_none() && Counted::add(&count).is_none());
        drop(last);
        Counted::add(&count).unwrap().keep();
        assert!(Counted::add(&count).is_none());
        assert_eq!(count.load(Ordering::Relaxed), MOST);
    }
}
