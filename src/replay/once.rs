//! The use of a value.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use quick_cache::sync::Cache;

use super::{Bucket, Once, Scope, Value, store};
use crate::base::{Clock, Timestamp};
use crate::db::{Conn, Db, Error, Together};

/// The longest time by which `until` may be ahead of now: a client assertion may expire in an hour,
/// the client's clock may be a minute ahead, and an assertion is accepted until a minute after its
/// end.
const AHEAD: Duration = Duration::from_mins(62);

/// The largest number of pairs of a scope and a bucket that are counted in memory. For other pairs
/// the database is queried again.
const COUNTED: usize = 4_096;

/// Why a value was not accepted, although it may not have been used.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// The value expired so long ago that its row may be deleted, so it is unknown whether it was
    /// used.
    #[error("it has expired")]
    Expired,
    /// `until` is more than 62 minutes ahead.
    #[error("it expires more than an hour from now")]
    TooFar,
    /// Too many values of this scope were used in this bucket of five minutes.
    #[error("too many of its kind were used within five minutes")]
    Full,
    /// The database failed. The value may be used or not; if it is, the next attempt with it is
    /// refused.
    #[error("{0}")]
    Database(Error),
}

impl From<Error> for ReplayError {
    fn from(error: Error) -> Self {
        Self::Database(error)
    }
}

type Counts = Cache<(Scope, Bucket), Arc<AtomicU32>>;

fn counts() -> Counts {
    Cache::new(COUNTED)
}

/// Uses values once on all nodes: it stores them in the database that the nodes share.
pub struct Replay {
    db: Db,
    clock: Clock,
    counts: Arc<Counts>,
    /// How many calls of [`Replay::once_together`] are under way.
    in_flight: AtomicU32,
}

impl Replay {
    /// Makes a store of used values in `db`.
    #[must_use]
    pub fn new(db: Db, clock: Clock) -> Self {
        Self {
            db,
            clock,
            counts: Arc::new(counts()),
            in_flight: AtomicU32::new(0),
        }
    }

    /// Uses a value. `until` is the last instant at which the presented proof, assertion or request
    /// is accepted; it must follow from what was presented alone. On any result other than
    /// [`Once::First`] the caller must refuse the request.
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
        let (once, counted) = self
            .db
            .run(move |db| {
                db.write_statement_blocking(|conn| {
                    use_value(conn, &counts, scope, value, Bucket::of(until))
                })
            })
            .await?;
        Counted::keep_if(counted);
        Ok(once)
    }

    /// Does the same as [`Replay::once`], for values of which many are used: if others are under way,
    /// in one transaction with what they write. One caller alone needs no transaction, which on
    /// PostgreSQL saves two of three round trips.
    ///
    /// # Errors
    /// Returns the [`ReplayError`].
    pub async fn once_together(
        &self,
        together: &Arc<Together>,
        scope: Scope,
        value: Value,
        until: Timestamp,
    ) -> Result<Once, ReplayError> {
        if until > self.clock.now().plus(AHEAD) {
            return Err(ReplayError::TooFar);
        }
        let flight = InFlight::enter(&self.in_flight);
        if flight.is_alone {
            return self.once(scope, value, until).await;
        }
        let counts = Arc::clone(&self.counts);
        let used = move |conn: &mut Conn| match use_value(
            conn,
            &counts,
            scope,
            value,
            Bucket::of(until),
        ) {
            // It undoes what the others write.
            Err(ReplayError::Database(why)) => Err(why),
            other => Ok(other),
        };
        let (once, counted) = together.write(used).await??;
        Counted::keep_if(counted);
        Ok(once)
    }
}

/// A call that is under way. Dropping it ends it.
struct InFlight<'a> {
    count: &'a AtomicU32,
    /// Whether no other was under way when it began.
    is_alone: bool,
}

impl<'a> InFlight<'a> {
    fn enter(count: &'a AtomicU32) -> Self {
        let is_alone = count.fetch_add(1, Ordering::Relaxed) == 0;
        Self { count, is_alone }
    }
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.count.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Uses a value. What it counted is kept by the caller once the transaction is committed: one that is
/// rolled back may run again.
fn use_value(
    conn: &mut Conn,
    counts: &Counts,
    scope: Scope,
    value: Value,
    bucket: Bucket,
) -> Result<(Once, Option<Counted>), ReplayError> {
    let most = scope.purpose.most();
    let used = if let Some(used) = counts.get(&(scope, bucket)) {
        used
    } else {
        let stored = store::count(conn, scope, bucket, most)?;
        let used = Arc::new(AtomicU32::new(stored));
        counts.insert((scope, bucket), Arc::clone(&used));
        used
    };
    // The value is counted before it is written, so that concurrent callers together stay within
    // the bound.
    let counted = Counted::add(used, most).ok_or(ReplayError::Full)?;
    if store::insert(conn, scope, value, bucket)? {
        return Ok((Once::First, Some(counted)));
    }
    // The statement has refused the value already; this query only finds the reason.
    if bucket <= store::floor(conn)?.bucket {
        return Err(ReplayError::Expired);
    }
    Ok((Once::Again, None))
}

/// One more in a count. Dropping it subtracts it again.
struct Counted(Option<Arc<AtomicU32>>);

impl Counted {
    /// Adds one to the count. Returns `None` if the count is full.
    fn add(count: Arc<AtomicU32>, most: u32) -> Option<Self> {
        let before = count.fetch_add(1, Ordering::Relaxed);
        let one = Self(Some(count));
        (before < most).then_some(one)
    }

    fn keep_if(counted: Option<Self>) {
        if let Some(mut counted) = counted {
            counted.0 = None;
        }
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        if let Some(count) = &self.0 {
            count.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::OrganizationId;
    use crate::replay::Purpose;

    #[test]
    fn no_more_than_so_many_pairs_of_a_scope_and_a_bucket_are_counted() {
        let counts = counts();
        for number in 0..10 * i64::try_from(COUNTED).unwrap() {
            let scope = Scope {
                organization: OrganizationId(number / 12),
                purpose: Purpose::SignedRequest,
            };
            counts.insert((scope, Bucket(number)), Arc::default());
            assert!(counts.len() <= COUNTED, "{}", counts.len());
        }
    }

    #[test]
    fn a_full_count_takes_no_more_until_there_is_room() {
        let count = Arc::new(AtomicU32::new(9));
        let add = || Counted::add(Arc::clone(&count), 10);
        let last = add().unwrap();
        assert!(add().is_none() && add().is_none());
        drop(last);
        Counted::keep_if(add());
        assert!(add().is_none());
        assert_eq!(count.load(Ordering::Relaxed), 10);
    }
}
