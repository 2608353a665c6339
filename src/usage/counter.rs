//! Counting, in memory. Each thread counts in a map of its own, so that cores share no memory that
//! requests write to. Once a second a job takes what the threads have counted, and once a minute
//! another one writes it to the database.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;

use super::{Count, Counts, Grain};
use crate::base::{OrganizationId, Timestamp};

/// The largest number of counts that wait to be written, besides those of the current minute: some
/// 15 MB (an estimate). If the database is unreachable for so long that there are more, the oldest
/// minutes are dropped, and become gaps.
const MOST: usize = 100_000;

/// What happened in one minute to one organization. The service itself has one for each minute in
/// which a node ran.
pub type Pending = ((OrganizationId, Timestamp), Counts);

/// What one thread has counted since the last [`Usage::gather`]. Another thread takes its lock only
/// once a second, so the lock is almost never contended.
type Tally = Arc<Mutex<HashMap<OrganizationId, Counts, foldhash::fast::RandomState>>>;

thread_local! {
    /// The maps of this thread, by the number of the service. A process has one service; tests have
    /// more.
    static TALLIES: RefCell<Vec<(u64, Tally)>> = const { RefCell::new(Vec::new()) };
}

/// What this node has counted and not written yet.
#[derive(Debug)]
pub struct Usage {
    /// The number of this service within the process.
    id: u64,
    threads: Mutex<Vec<Tally>>,
    pending: Mutex<BTreeMap<(OrganizationId, Timestamp), Counts>>,
}

impl Default for Usage {
    fn default() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        Self {
            id: NEXT.fetch_add(1, Ordering::Relaxed),
            threads: Mutex::default(),
            pending: Mutex::default(),
        }
    }
}

impl Usage {
    /// Counts one event of an organization.
    pub fn note(&self, organization: OrganizationId, count: Count) {
        TALLIES.with_borrow_mut(|tallies| {
            if let Some((_, tally)) = tallies.iter().find(|(id, _)| *id == self.id) {
                tally.lock().entry(organization).or_default().add(count, 1);
            } else {
                let tally = self.begin(tallies);
                tally.lock().entry(organization).or_default().add(count, 1);
            }
        });
    }

    /// Gives this thread a map, and forgets those of services that are gone.
    #[cold]
    fn begin(&self, tallies: &mut Vec<(u64, Tally)>) -> Tally {
        let tally = Tally::default();
        self.threads.lock().push(Arc::clone(&tally));
        tallies.retain(|(_, tally)| Arc::strong_count(tally) > 1);
        tallies.push((self.id, Arc::clone(&tally)));
        tally
    }

    /// Takes what every thread has counted as what happened in the minute of `now`, and marks this
    /// minute as one in which the service ran. The current minute is never dropped, however many
    /// organizations there are: what is gathered later in it would show too little instead of a gap.
    pub fn gather(&self, now: Timestamp) {
        let minute = Grain::Minute.start(now);
        let mut pending = self.pending.lock();
        pending
            .entry((OrganizationId::SERVICE, minute))
            .or_default();
        self.threads.lock().retain(|tally| {
            // Looked at first: a thread that has ended counts nothing more.
            let is_alive = Arc::strong_count(tally) > 1;
            let taken = std::mem::take(&mut *tally.lock());
            for (organization, counts) in taken {
                pending
                    .entry((organization, minute))
                    .or_default()
                    .merge(&counts);
            }
            is_alive
        });
        while pending.len() > MOST {
            let minutes = pending.keys().map(|(_, minute)| *minute);
            let Some(oldest) = minutes.filter(|other| *other != minute).min() else {
                return;
            };
            pending.retain(|(_, minute), _| *minute != oldest);
        }
    }

    /// Takes what was gathered, by organization.
    pub(super) fn take(&self) -> Vec<Pending> {
        std::mem::take(&mut *self.pending.lock())
            .into_iter()
            .collect()
    }

    /// Puts back what could not be written.
    pub(super) fn put_back(&self, unwritten: &[Pending]) {
        let mut pending = self.pending.lock();
        for (key, counts) in unwritten {
            pending.entry(*key).or_default().merge(counts);
        }
    }
}

#[cfg(test)]
mod tests;
