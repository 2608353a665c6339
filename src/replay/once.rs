//! The use of a value.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use quick_cache::sync::Cache;

use super::{Bucket, Once, Scope, Used, Value, store};
use crate::base::{Clock, Timestamp};
use crate::db::{self, Access, Conn, Db, Error, Group, Party, Together};

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

/// The largest number of callers that wait.
const QUEUE: usize = 10_000;

/// Uses values once on all nodes: it stores them in the database that the nodes share.
pub struct Replay {
    clock: Clock,
    uses: Arc<Together<Uses>>,
}

impl Replay {
    /// Makes a store of used values in `db`.
    #[must_use]
    pub fn new(db: &Db, clock: Clock) -> Self {
        let uses = Uses { counts: counts() };
        Self {
            clock,
            uses: Together::new(db.on_behalf_of(Party::Ledger), QUEUE, uses),
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
        let used = Used {
            scope,
            value,
            bucket: Bucket::of(until),
        };
        self.uses.run(used).await?
    }
}

/// Uses the values of several callers in one statement.
struct Uses {
    counts: Counts,
}

impl Group for Uses {
    type Item = Used;
    type Outcome = Result<Once, ReplayError>;
    const ACCESS: Access = Access::Statement;

    fn run(&self, conn: &mut Conn, items: &[Used]) -> db::Result<Vec<Self::Outcome>> {
        let mut counted = Vec::with_capacity(items.len());
        for item in items {
            let count = self.count(conn, item)?;
            // A value is counted before it is written, so that concurrent callers together stay
            // within the bound.
            counted.push(Counted::add(count, item.scope.purpose.most()));
        }
        let within = items.iter().zip(&counted);
        let within: Vec<_> = within
            .filter_map(|(item, counted)| counted.is_some().then_some(*item))
            .collect();
        let mut stored = store::insert(conn, &within)?.into_iter();
        let mut floor = None;
        let mut firsts = Vec::with_capacity(items.len());
        let mut outcomes = Vec::with_capacity(items.len());
        for (item, counted) in items.iter().zip(counted) {
            let Some(counted) = counted else {
                outcomes.push(Err(ReplayError::Full));
                continue;
            };
            if stored.next().unwrap_or_default() {
                firsts.push(counted);
                outcomes.push(Ok(Once::First));
                continue;
            }
            // The statement has refused the value already; this query only finds the reason.
            let floor = match floor {
                Some(floor) => floor,
                None => *floor.insert(store::floor(conn)?.bucket),
            };
            outcomes.push(if item.bucket <= floor {
                Err(ReplayError::Expired)
            } else {
                Ok(Once::Again)
            });
        }
        // At the end, because a group that fails runs again. Also if a caller has gone: its value is
        // stored.
        firsts.into_iter().for_each(Counted::keep);
        Ok(outcomes)
    }
}

impl Uses {
    /// Returns the count that a value belongs to.
    fn count(&self, conn: &mut Conn, used: &Used) -> db::Result<Arc<AtomicU32>> {
        let (scope, bucket) = (used.scope, used.bucket);
        if let Some(count) = self.counts.get(&(scope, bucket)) {
            return Ok(count);
        }
        let stored = store::count(conn, scope, bucket, scope.purpose.most())?;
        let count = Arc::new(AtomicU32::new(stored));
        self.counts.insert((scope, bucket), Arc::clone(&count));
        Ok(count)
    }
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

    /// Leaves it in the count.
    fn keep(mut self) {
        self.0 = None;
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
    use crate::config::Url;
    use crate::db::{Options, migrate};
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
        add().unwrap().keep();
        assert!(add().is_none());
        assert_eq!(count.load(Ordering::Relaxed), 10);
    }

    #[test]
    fn a_stored_value_is_counted_also_if_its_caller_has_gone() {
        let folder = tempfile::tempdir().unwrap();
        let url = Url::Sqlite(folder.path().join("test.db"));
        migrate(&url).unwrap();
        let db = Db::open(&Options {
            url,
            pool_size: 1,
            acquire_timeout: Duration::from_secs(5),
        })
        .unwrap();
        let uses = Uses { counts: counts() };
        let nonce = Used {
            scope: Scope {
                organization: OrganizationId(1),
                purpose: Purpose::SignedRequest,
            },
            value: Value::of(&[b"a"]),
            bucket: Bucket(i64::MAX),
        };
        // Nobody takes the outcomes. The second use stores nothing.
        db.write_blocking(|conn| uses.run(conn, &[nonce, nonce]).map(drop))
            .unwrap();
        let count = uses.counts.get(&(nonce.scope, nonce.bucket)).unwrap();
        assert_eq!(count.load(Ordering::Relaxed), 1);
    }
}
