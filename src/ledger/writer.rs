//! Group commit: callers queue their rows; a thread writes as many as a transaction may hold and
//! answers the callers. On PostgreSQL a second thread prepares the next transaction while the first
//! waits for the disk; SQLite has one writer. Organizations take turns in the queue, and none may hold
//! more places than are free, so an organization that requests many tokens does not delay the others.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use parking_lot::{Condvar, Mutex};
use tokio::sync::oneshot;

use super::{Issued, store};
use crate::base::fair_share::FairQueue;
use crate::base::{OrganizationId, clock};
use crate::db::{Db, Error};
use crate::metrics::Metrics;

/// Why a row was not written. The token must not be returned then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WriteError {
    /// Too many rows of the organization are waiting.
    Full,
    /// The database did not accept it.
    Unavailable(String),
}

/// If a transaction has been running for this long, waiting behind it is pointless.
const HANGS_AFTER: Duration = Duration::from_secs(2);

impl WriteError {
    fn silent() -> Self {
        Self::Unavailable("the database does not answer".to_owned())
    }
}

struct Waiting {
    issued: Issued,
    answer: oneshot::Sender<Result<(), WriteError>>,
}

/// The rows that wait to be written.
struct Queue {
    lines: Mutex<Lines>,
    /// Signals that rows were added or the queue was closed.
    news: Condvar,
}

struct Lines {
    waiting: FairQueue<OrganizationId, Waiting>,
    closed: bool,
}

/// How many threads write on PostgreSQL.
const THREADS: usize = 2;

/// A handle to the writing threads.
pub struct Writer {
    queue: Arc<Queue>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    at_work: Vec<Arc<AtWork>>,
    patience: Duration,
}

/// Since when the current transaction of a thread has been running ([`clock::boot_millis`]); 0 if
/// there is none.
#[derive(Default)]
struct AtWork(AtomicU64);

impl AtWork {
    fn begin(&self) {
        self.0.store(clock::boot_millis(), Ordering::Release);
    }

    fn end(&self) {
        self.0.store(0, Ordering::Release);
    }

    fn hangs(&self) -> bool {
        let since = self.0.load(Ordering::Acquire);
        since != 0
            && Duration::from_millis(clock::boot_millis().saturating_sub(since)) > HANGS_AFTER
    }
}

impl Writer {
    /// Starts the threads. At most `queue` rows wait, and at most `batch` are written in one
    /// transaction.
    ///
    /// # Errors
    /// Returns an error if a thread cannot be started.
    pub fn start(
        db: &Db,
        queue: usize,
        batch: usize,
        metrics: &Arc<Metrics>,
    ) -> std::io::Result<Self> {
        let queue = Arc::new(Queue {
            lines: Mutex::new(Lines {
                waiting: FairQueue::new(queue),
                closed: false,
            }),
            news: Condvar::new(),
        });
        let count = if db.is_postgres() { THREADS } else { 1 };
        let at_work: Vec<_> = (0..count).map(|_| Arc::new(AtWork::default())).collect();
        let start = |at_work: &Arc<AtWork>| {
            let (db, lines, metrics) = (db.clone(), Arc::clone(&queue), Arc::clone(metrics));
            let at_work = Arc::clone(at_work);
            std::thread::Builder::new()
                .name("ledger".to_owned())
                .spawn(move || write_all(&db, &lines, batch, &at_work, &metrics))
        };
        let threads = at_work.iter().map(start);
        Ok(Self {
            threads: Mutex::new(threads.collect::<std::io::Result<_>>()?),
            patience: db.patience(),
            queue,
            at_work,
        })
    }

    /// Returns when the row is committed.
    ///
    /// # Errors
    /// Returns a [`WriteError`], after [`Db::patience`] at the latest.
    pub async fn write(&self, issued: Issued) -> Result<(), WriteError> {
        if self.at_work.iter().all(|at_work| at_work.hangs()) {
            return Err(WriteError::silent());
        }
        let (answer, outcome) = oneshot::channel();
        let organization = issued.claims.organization;
        {
            let mut lines = self.queue.lines.lock();
            if lines.closed {
                return Err(WriteError::Unavailable(
                    "the ledger's writer has stopped".to_owned(),
                ));
            }
            let waiting = Waiting { issued, answer };
            lines
                .waiting
                .push(organization, waiting)
                .map_err(|_| WriteError::Full)?;
            self.queue.news.notify_one();
        }
        match tokio::time::timeout(self.patience, outcome).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(_)) => Err(WriteError::Unavailable(
                "the ledger's writer has stopped".to_owned(),
            )),
            Err(_) => Err(WriteError::silent()),
        }
    }

    /// Writes the rows that are still waiting, and ends the threads.
    pub fn stop(&self) {
        self.queue.lines.lock().closed = true;
        self.queue.news.notify_all();
        for thread in self.threads.lock().drain(..) {
            let _ = thread.join();
        }
    }
}

impl Queue {
    /// Waits for rows, and returns those that wait, up to `batch`. It does not wait for further ones: those
    /// that come while a transaction runs are enough for the next. Waiting was slower on SQLite and
    /// not faster on PostgreSQL. Returns `None` when the queue is closed and empty.
    fn take(&self, batch: usize) -> Option<Vec<Waiting>> {
        let mut lines = self.lines.lock();
        loop {
            while lines.waiting.is_empty() {
                if lines.closed {
                    return None;
                }
                self.news.wait(&mut lines);
            }
            let mut taken = Vec::new();
            while taken.len() < batch
                && let Some(waiting) = lines.waiting.pop()
            {
                // A caller that has disconnected gets no token, so it needs no row.
                if !waiting.answer.is_closed() {
                    taken.push(waiting);
                }
            }
            if !taken.is_empty() {
                return Some(taken);
            }
        }
    }
}

fn write_all(db: &Db, queue: &Queue, batch: usize, at_work: &AtWork, metrics: &Metrics) {
    while let Some(taken) = queue.take(batch) {
        let (lines, answers): (Vec<_>, Vec<_>) = taken
            .into_iter()
            .map(|waiting| (waiting.issued, waiting.answer))
            .unzip();
        metrics.ledger_batch(lines.len());
        at_work.begin();
        let outcome = db
            .write_statement_blocking(|conn| store::insert(conn, &lines))
            .map_err(|why| {
                if let Error::Internal(why) = &why {
                    tracing::error!(%why, "the ledger could not be written");
                }
                WriteError::Unavailable(why.to_string())
            });
        at_work.end();
        for answer in answers {
            // A caller that has disconnected in the meantime gets no token.
            let _ = answer.send(outcome.clone());
        }
    }
}
