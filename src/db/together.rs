//! Group commit: short transactions of many callers become one, which waits for the disk once.
//!
//! The first caller that finds nobody at work starts a thread. It runs what waits in one
//! transaction, answers, and goes on until nothing waits. So one caller alone waits no longer than
//! in a transaction of its own.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use diesel::connection::SimpleConnection;
use parking_lot::Mutex;
use tokio::sync::oneshot;

use super::{Conn, Db, Error, Party, Result};
use crate::base::fair::FairQueue;

/// The largest number of callers in one transaction. Others wait for the writer meanwhile.
const MOST: usize = 64;

/// How long, on PostgreSQL, a transaction of several callers waits for a lock. It may lock rows in
/// another order than another transaction, for example that of another node or of a revoke. Shorter
/// than PostgreSQL's `deadlock_timeout` (1 s), so that in a deadlock it is always this transaction
/// that gives up, and runs again.
const LOCK_TIMEOUT: &str = "SET LOCAL lock_timeout = '200ms'";

/// Writes in one transaction what several callers want to write.
pub struct Together {
    db: Db,
    state: Mutex<State>,
}

struct State {
    waiting: FairQueue<Party, Box<dyn Work>>,
    /// Whether a thread is at work, which takes what is added.
    at_work: bool,
}

/// What one caller writes.
trait Work: Send {
    /// Writes it, in a transaction that may contain the work of others. If that is rolled back, it
    /// runs once more. Returns an error if it panics.
    fn run(&mut self, conn: &mut Conn) -> Result<()>;

    /// Answers the caller, once the transaction has ended.
    fn answer(self: Box<Self>, outcome: Result<()>);

    /// Whether the caller has gone. Then nothing is written for it.
    fn is_abandoned(&self) -> bool;
}

struct Job<T, F> {
    body: F,
    value: Option<T>,
    answer: oneshot::Sender<Result<T>>,
}

impl<T, F> Work for Job<T, F>
where
    T: Send,
    F: Fn(&mut Conn) -> Result<T> + Send,
{
    fn run(&mut self, conn: &mut Conn) -> Result<()> {
        let body = AssertUnwindSafe(|| (self.body)(conn));
        let value = catch_unwind(body)
            .unwrap_or_else(|_| Err(Error::Internal("a write panicked".to_owned())))?;
        self.value = Some(value);
        Ok(())
    }

    fn answer(self: Box<Self>, outcome: Result<()>) {
        let Self { value, answer, .. } = *self;
        let missing = || Error::Internal("a transaction without a result".to_owned());
        // A caller that has gone in the meantime needs no answer.
        let _ = answer.send(outcome.and_then(|()| value.ok_or_else(missing)));
    }

    fn is_abandoned(&self) -> bool {
        self.answer.is_closed()
    }
}

impl Together {
    /// Returns a group commit for at most `queue` callers that wait. `db` is the database on behalf
    /// of the party that writes for all of them.
    #[must_use]
    pub fn new(db: Db, queue: usize) -> Arc<Self> {
        Arc::new(Self {
            db,
            state: Mutex::new(State {
                waiting: FairQueue::new(queue),
                at_work: false,
            }),
        })
    }

    /// Runs `body` in a transaction and returns its result once that is committed. `body` must be
    /// short. It may run more than once, but only one run of it is committed.
    ///
    /// # Errors
    /// Returns [`Error::Busy`], at once if the party of the current request has its share of the
    /// queue; [`Error::Unavailable`], at once if waiting is pointless, and after [`Db::patience`],
    /// when it is unknown whether `body` was committed; and the errors of `body`, which undo
    /// nothing that others wrote.
    pub async fn write<T: Send + 'static>(
        self: &Arc<Self>,
        body: impl Fn(&mut Conn) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.db.check_reachable()?;
        let (answer, outcome) = oneshot::channel();
        let job = Box::new(Job {
            body,
            value: None,
            answer,
        });
        let begins = {
            let mut state = self.state.lock();
            let added = state.waiting.push(Party::current(), job);
            added.map_err(|_| Error::Busy)?;
            !std::mem::replace(&mut state.at_work, true)
        };
        if begins {
            let together = Arc::clone(self);
            tokio::task::spawn_blocking(move || together.work());
        }
        match tokio::time::timeout(self.db.patience(), outcome).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(_)) => Err(Error::Internal("the transaction was not run".to_owned())),
            Err(_) => Err(Error::Unavailable("it does not answer".to_owned())),
        }
    }

    fn work(&self) {
        /// Lets another thread begin, also if this one panics.
        struct AtWork<'a>(&'a Together, bool);
        impl Drop for AtWork<'_> {
            fn drop(&mut self) {
                if self.1 {
                    self.0.state.lock().at_work = false;
                }
            }
        }
        let mut at_work = AtWork(self, true);
        loop {
            let mut taken = Vec::new();
            {
                let mut state = self.state.lock();
                while taken.len() < MOST
                    && let Some(job) = state.waiting.pop()
                {
                    if !job.is_abandoned() {
                        taken.push(job);
                    }
                }
                if taken.is_empty() {
                    // Under the lock, so that nothing is added that nobody takes.
                    state.at_work = false;
                    at_work.1 = false;
                    return;
                }
            }
            self.commit(taken);
        }
    }

    fn commit(&self, mut jobs: Vec<Box<dyn Work>>) {
        let several = jobs.len() > 1;
        let mut failed = None;
        let outcome = self.db.write_blocking(|conn| {
            if several && let Conn::Postgres(conn) = conn {
                conn.batch_execute(LOCK_TIMEOUT)?;
            }
            let mut jobs = jobs.iter_mut().enumerate();
            jobs.try_for_each(|(number, job)| {
                let outcome = job.run(conn);
                outcome.inspect_err(|_| failed = Some(number))
            })
        });
        if let Some(number) = failed.filter(|_| several) {
            // Nothing was committed. Each runs by itself, so that it fails by its own fault only.
            // The one that failed runs last, because it may wait for a lock.
            let last = jobs.remove(number);
            for mut job in jobs.into_iter().chain([last]) {
                let outcome = self.db.write_blocking(|conn| job.run(conn));
                job.answer(outcome);
            }
            return;
        }
        for job in jobs {
            job.answer(outcome.clone());
        }
    }
}

#[cfg(test)]
mod tests;
