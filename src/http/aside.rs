//! Work that takes a processor for long (large bodies, many signatures), on a few threads of its own: below those that answer
//! requests in the machine's esteem, piece by piece, organizations in turn. So it costs nobody but the organization that asks for it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use parking_lot::{Condvar, Mutex};
use tokio::sync::oneshot;

use super::ApiError;
use crate::base::OrganizationId;
use crate::base::fair::{FairQueue, Shares};

/// Below the threads that answer requests.
const NICE: i32 = 10;

/// How much work waits or is under way at once; and how much of one organization's.
const PLACES: usize = 64;
const PLACES_OF_ONE: usize = 4;

/// Why work was not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotDone {
    /// The organization has as much work here as it may have.
    Full,
    /// It panicked, or the service stops.
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

/// A hand to the threads.
pub struct Aside(Arc<Desk>);

struct Desk {
    state: Mutex<State>,
    /// Work came, or the end.
    news: Condvar,
}

struct State {
    places: Shares<OrganizationId>,
    pieces: FairQueue<OrganizationId, Job>,
    closed: bool,
}

/// Work to be gone on with. Its place is free when it is dropped.
struct Job {
    place: Place,
    /// Does a piece of it; whether that was the last.
    go_on: Box<dyn FnMut() -> bool + Send>,
}

struct Place(Arc<Desk>, OrganizationId);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.state.lock().places.give_back(self.1);
    }
}

impl Aside {
    /// Starts `threads` threads.
    ///
    /// # Errors
    /// A text, when no thread can be started.
    pub fn start(threads: usize) -> Result<Self, String> {
        let aside = Self(Arc::new(Desk {
            state: Mutex::new(State {
                places: Shares::new(PLACES),
                pieces: FairQueue::new(usize::MAX),
                closed: false,
            }),
            news: Condvar::new(),
        }));
        for number in 0..threads.max(1) {
            let desk = Arc::clone(&aside.0);
            std::thread::Builder::new()
                .name(format!("aside-{number}"))
                .spawn(move || desk.work())
                .map_err(|why| format!("cannot start a thread: {why}"))?;
        }
        Ok(aside)
    }

    /// Whether work of this organization waits or is under way.
    #[must_use]
    pub fn is_at_work_for(&self, whose: OrganizationId) -> bool {
        self.0.state.lock().places.of(whose) > 0
    }

    /// Calls `work` until it returns something: what it returns. In between others' work gets its turn. If the caller goes away,
    /// it is left undone.
    ///
    /// # Errors
    /// [`NotDone`]; at once where the organization has its share of the places.
    pub async fn run<T: Send + 'static>(
        &self,
        whose: OrganizationId,
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
                // The caller may have gone just now.
                let _ = answer.send(done);
            }
            true
        };
        self.0.begin(whose, Box::new(go_on))?;
        outcome.await.map_err(|_| NotDone::Broken)
    }
}

impl Drop for Aside {
    fn drop(&mut self) {
        self.0.state.lock().closed = true;
        self.0.news.notify_all();
        // Each has a hand on the desk it lies on.
        while let Some(job) = self.0.take() {
            drop(job);
        }
    }
}

impl Desk {
    fn begin(
        self: &Arc<Self>,
        whose: OrganizationId,
        go_on: Box<dyn FnMut() -> bool + Send>,
    ) -> Result<(), NotDone> {
        let place = {
            let mut state = self.state.lock();
            if !state.places.admits(whose) || state.places.of(whose) >= PLACES_OF_ONE {
                return Err(NotDone::Full);
            }
            state.places.take(whose);
            Place(Arc::clone(self), whose)
        };
        self.put(Job { place, go_on });
        Ok(())
    }

    fn put(&self, job: Job) {
        let whose = job.place.1;
        // The queue has no bound of its own: the places are counted. What it refused would be dropped outside of the lock.
        let refused = self.state.lock().pieces.push(whose, job);
        drop(refused);
        self.news.notify_one();
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
            self.news.wait(&mut state);
        }
    }

    fn work(&self) {
        if let Err(why) = rustix::process::nice(NICE) {
            tracing::debug!(%why, "what is done aside runs at normal priority");
        }
        while let Some(mut job) = self.next() {
            match catch_unwind(AssertUnwindSafe(|| (job.go_on)())) {
                Ok(false) => self.put(job),
                Ok(true) => {}
                Err(_) => tracing::error!("work that was done aside panicked"),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    const ONE: OrganizationId = OrganizationId(1);
    const OTHER: OrganizationId = OrganizationId(2);

    #[tokio::test]
    async fn work_is_done_in_pieces_and_organizations_take_turns() {
        let aside = Arc::new(Aside::start(1).unwrap());
        let (told, order) = mpsc::channel();
        let (open, door) = mpsc::channel::<()>();
        let work = |whose, pieces: usize, told: mpsc::Sender<i64>| {
            let aside = Arc::clone(&aside);
            let mut left = pieces;
            tokio::spawn(async move {
                let work = move || {
                    told.send(whose).unwrap();
                    left -= 1;
                    (left == 0).then_some(whose)
                };
                aside.run(OrganizationId(whose), work).await
            })
        };
        // The one thread is held until all are there.
        let held = {
            let aside = Arc::clone(&aside);
            let work = move || door.recv().ok();
            tokio::spawn(async move { aside.run(OrganizationId(9), work).await })
        };
        let both = [work(1, 3, told.clone()), work(2, 2, told)];
        while !(aside.is_at_work_for(ONE) && aside.is_at_work_for(OTHER)) {
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
        while aside.is_at_work_for(ONE) {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn one_organization_has_few_places_and_what_panics_breaks_nobody() {
        let aside = Arc::new(Aside::start(1).unwrap());
        let (open, door) = mpsc::channel::<()>();
        let door = Arc::new(Mutex::new(door));
        let held: Vec<_> = (0..PLACES_OF_ONE)
            .map(|_| {
                let (aside, door) = (Arc::clone(&aside), Arc::clone(&door));
                let work = move || door.lock().recv().ok();
                tokio::spawn(async move { aside.run(ONE, work).await })
            })
            .collect();
        while aside.0.state.lock().places.of(ONE) < PLACES_OF_ONE {
            tokio::task::yield_now().await;
        }
        assert_eq!(aside.run(ONE, || Some(())).await, Err(NotDone::Full));
        let other = {
            let aside = Arc::clone(&aside);
            tokio::spawn(async move {
                aside
                    .run(OTHER, || -> Option<()> { panic!("as told") })
                    .await
            })
        };
        for _ in 0..PLACES_OF_ONE {
            open.send(()).unwrap();
        }
        for held in held {
            assert_eq!(held.await.unwrap(), Ok(()));
        }
        assert_eq!(other.await.unwrap(), Err(NotDone::Broken));
        assert_eq!(aside.run(OTHER, || Some(7)).await, Ok(7));
    }
}
