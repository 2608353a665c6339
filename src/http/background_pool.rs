//! A pool of threads for work that needs much processor time (large bodies, many signatures). The
//! threads have a lower OS priority (nice) than request threads, work is done in pieces, and
//! organizations take turns. So the work delays only the organization that causes it.
//!
//! The priority alone is not enough: Linux lets a thread that has begun a time slice finish it (up
//! to 4 ms), even if one of a higher priority wakes up. So a thread gives its slice back after each
//! piece.

mod held;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::{Condvar, Mutex};
use tokio::sync::oneshot;

use self::held::Held;
use super::ApiError;
use crate::base::OrganizationId;
use crate::base::fair_share::FairQueue;

/// The threads' nice value: a lower priority than that of request threads.
const NICE: i32 = 10;

/// How long a refusal is delayed because the organization has its maximum of large bodies in
/// progress: so a client that ignores `Retry-After` sends its next one no sooner. Such a body has
/// hundreds of kilobytes, and reading it costs a request thread as much as many small requests.
pub const REFUSED_AFTER: Duration = Duration::from_secs(1);

/// How long one piece of work should take: the longest time that a request thread waits for it.
pub const PIECE: Duration = Duration::from_micros(500);

/// Why work was not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotDone {
    /// The organization has its maximum of jobs in the pool.
    Full,
    /// The work panicked, or the service is stopping.
    Broken,
}

impl From<NotDone> for ApiError {
    fn from(why: NotDone) -> Self {
        match why {
            NotDone::Full => Self::unavailable(),
            NotDone::Broken => Self::internal(),
        }
    }
}

/// The pool. Its threads end when it is dropped.
pub struct BackgroundPool(Arc<Shared>);

struct Shared {
    state: Mutex<State>,
    /// Signalled when a job is added, and when the pool is closed.
    changed: Condvar,
}

struct State {
    held: Held,
    pieces: FairQueue<OrganizationId, Job>,
    closed: bool,
}

/// A job that is not done yet. Its place is free when it is dropped.
struct Job {
    place: Place,
    /// Does one piece. Returns true if that was the last one.
    go_on: Box<dyn FnMut() -> bool + Send>,
}

struct Place {
    shared: Arc<Shared>,
    organization: OrganizationId,
    bytes: usize,
}

impl Drop for Place {
    fn drop(&mut self) {
        let held = &mut self.shared.state.lock().held;
        held.give_back(self.organization, self.bytes);
    }
}

impl BackgroundPool {
    /// Starts a pool of `threads` threads.
    ///
    /// # Errors
    /// Returns a text if a thread cannot be started.
    pub fn start(threads: usize) -> Result<Self, String> {
        let pool = Self(Arc::new(Shared {
            state: Mutex::new(State {
                held: Held::new(),
                pieces: FairQueue::new(usize::MAX),
                closed: false,
            }),
            changed: Condvar::new(),
        }));
        for number in 0..threads.max(1) {
            let shared = Arc::clone(&pool.0);
            std::thread::Builder::new()
                .name(format!("background-{number}"))
                .spawn(move || shared.work())
                .map_err(|why| format!("cannot start a thread: {why}"))?;
        }
        Ok(pool)
    }

    /// Whether a job of this organization waits or runs.
    #[must_use]
    pub fn is_busy_for(&self, organization: OrganizationId) -> bool {
        self.0.state.lock().held.of(organization) > 0
    }

    /// Calls `work` until it returns a value, and returns that value. Between two calls the jobs of
    /// other organizations run. If the caller stops waiting, the rest is not done. `bytes` is the size
    /// of the body that `work` holds.
    ///
    /// # Errors
    /// Returns [`NotDone`]; [`NotDone::Full`] at once if the organization has its share of the
    /// places.
    pub async fn run<T: Send + 'static>(
        &self,
        organization: OrganizationId,
        bytes: usize,
        mut work: impl FnMut() -> Option<T> + Send + 'static,
    ) -> Result<T, NotDone> {
        let (answer, outcome) = oneshot::channel();
        let mut answer = Some(answer);
        let go_on = move || {
            if answer.as_ref().is_none_or(oneshot::Sender::is_closed) {
                return true;
            }
            let Some(done) = work() else {
                return false;
            };
            if let Some(answer) = answer.take() {
                // The caller may have stopped waiting just now.
                let _ = answer.send(done);
            }
            true
        };
        self.0.begin(organization, bytes, Box::new(go_on))?;
        outcome.await.map_err(|_| NotDone::Broken)
    }
}

impl Drop for BackgroundPool {
    fn drop(&mut self) {
        self.0.state.lock().closed = true;
        self.0.changed.notify_all();
        // Each job holds a reference to the state that holds the job.
        while let Some(job) = self.0.take() {
            drop(job);
        }
    }
}

impl Shared {
    fn begin(
        self: &Arc<Self>,
        organization: OrganizationId,
        bytes: usize,
        go_on: Box<dyn FnMut() -> bool + Send>,
    ) -> Result<(), NotDone> {
        let place = {
            if !self.state.lock().held.take(organization, bytes) {
                return Err(NotDone::Full);
            }
            Place {
                shared: Arc::clone(self),
                organization,
                bytes,
            }
        };
        self.put(Job { place, go_on });
        Ok(())
    }

    fn put(&self, job: Job) {
        let organization = job.place.organization;
        // The places are counted, so the queue has no bound of its own. A job that it refused would
        // be dropped outside of the lock.
        let refused = self.state.lock().pieces.push(organization, job);
        drop(refused);
        self.changed.notify_one();
    }

    fn take(&self) -> Option<Job> {
        self.state.lock().pieces.pop()
    }

    fn next(&self) -> Option<Job> {
        let mut state = self.state.lock();
        loop {
            if state.closed {
                return None;
            }
            if let Some(job) = state.pieces.pop() {
                return Some(job);
            }
            self.changed.wait(&mut state);
        }
    }

    fn work(&self) {
        if let Err(why) = rustix::process::nice(NICE) {
            tracing::debug!(%why, "background work runs at normal priority");
        }
        while let Some(mut job) = self.next() {
            match catch_unwind(AssertUnwindSafe(|| (job.go_on)())) {
                Ok(false) => self.put(job),
                Ok(true) => {}
                Err(_) => tracing::error!("background work panicked"),
            }
            std::thread::yield_now();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::held::{BYTES_OF_ONE, JOBS_OF_ONE};
    use super::*;

    const ONE: OrganizationId = OrganizationId(1);
    const OTHER: OrganizationId = OrganizationId(2);

    #[tokio::test]
    async fn work_is_done_in_pieces_and_organizations_take_turns() {
        let pool = Arc::new(BackgroundPool::start(1).unwrap());
        let (sender, order) = mpsc::channel();
        let (open, door) = mpsc::channel::<()>();
        let work = |organization, pieces: usize, sender: mpsc::Sender<i64>| {
            let pool = Arc::clone(&pool);
            let mut left = pieces;
            tokio::spawn(async move {
                let work = move || {
                    sender.send(organization).unwrap();
                    left -= 1;
                    (left == 0).then_some(organization)
                };
                pool.run(OrganizationId(organization), 1, work).await
            })
        };
        // The only thread is busy until all jobs are queued.
        let held = {
            let pool = Arc::clone(&pool);
            let work = move || door.recv().ok();
            tokio::spawn(async move { pool.run(OrganizationId(9), 1, work).await })
        };
        let both = [work(1, 3, sender.clone()), work(2, 2, sender)];
        while !(pool.is_busy_for(ONE) && pool.is_busy_for(OTHER)) {
            tokio::task::yield_now().await;
        }
        open.send(()).unwrap();
        assert_eq!(held.await.unwrap(), Ok(()));
        for (work, expected) in both.into_iter().zip([1, 2]) {
            assert_eq!(work.await.unwrap(), Ok(expected));
        }
        let order: Vec<_> = order.iter().collect();
        assert!(
            order == [1, 2, 1, 2, 1] || order == [2, 1, 2, 1, 1],
            "{order:?}"
        );
        while pool.is_busy_for(ONE) {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn one_organization_has_few_large_jobs_and_what_panics_breaks_nobody() {
        let pool = Arc::new(BackgroundPool::start(1).unwrap());
        let (open, door) = mpsc::channel::<()>();
        let door = Arc::new(Mutex::new(door));
        let held: Vec<_> = (0..JOBS_OF_ONE)
            .map(|_| {
                let (pool, door) = (Arc::clone(&pool), Arc::clone(&door));
                let work = move || door.lock().recv().ok();
                tokio::spawn(async move { pool.run(ONE, BYTES_OF_ONE, work).await })
            })
            .collect();
        while pool.0.state.lock().held.of(ONE) < JOBS_OF_ONE {
            tokio::task::yield_now().await;
        }
        assert_eq!(pool.run(ONE, 1, || Some(())).await, Err(NotDone::Full));
        let other = {
            let pool = Arc::clone(&pool);
            tokio::spawn(async move {
                pool.run(OTHER, 1, || -> Option<()> { panic!("on purpose") })
                    .await
            })
        };
        for _ in 0..JOBS_OF_ONE {
            open.send(()).unwrap();
        }
        for held in held {
            assert_eq!(held.await.unwrap(), Ok(()));
        }
        assert_eq!(other.await.unwrap(), Err(NotDone::Broken));
        assert_eq!(pool.run(OTHER, 1, || Some(7)).await, Ok(7));
    }
}
