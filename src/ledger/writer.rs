//! Group commit: callers queue their line; one thread takes as many as a transaction may hold and answers them. Organizations take
//! turns within it, and none has more of the queue than is free: who asks for many tokens keeps nobody else waiting for one.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use parking_lot::{Condvar, Mutex};
use tokio::sync::oneshot;

use super::{Issued, store};
use crate::base::fair::FairQueue;
use crate::base::{OrganizationId, clock};
use crate::db::{Db, Error};
use crate::metrics::Metrics;

/// Why a line was not written: nothing may be handed out for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WriteError {
    /// Too many lines of the organization wait.
    Full,
    /// The database did not take it.
    Unavailable(String),
}

/// When a transaction has been under way for so long that queueing behind it is pointless.
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

/// What waits to be written.
struct Queue {
    lines: Mutex<Lines>,
    /// Lines came, or the end.
    news: Condvar,
}

struct Lines {
    waiting: FairQueue<OrganizationId, Waiting>,
    closed: bool,
}

/// The hand to the writer's queue.
pub struct Writer {
    queue: Arc<Queue>,
    thread: Mutex<Option<JoinHandle<()>>>,
    at_work: Arc<AtWork>,
    patience: Duration,
}

/// Since when the transaction at hand has been under way ([`clock::boot_millis`]); 0: there is none.
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
    /// Starts the thread: at most `queue` lines wait, at most `batch` go into one transaction.
    ///
    /// # Errors
    /// When no thread can be started.
    pub fn start(
        db: Db,
        queue: usize,
        batch: usize,
        metrics: Arc<Metrics>,
    ) -> std::io::Result<Self> {
        let queue = Arc::new(Queue {
            lines: Mutex::new(Lines {
                waiting: FairQueue::new(queue),
                closed: false,
            }),
            news: Condvar::new(),
        });
        let lines = Arc::clone(&queue);
        let patience = db.patience();
        let at_work = Arc::new(AtWork::default());
        let work = Arc::clone(&at_work);
        let thread = std::thread::Builder::new()
            .name("ledger".to_owned())
            .spawn(move || write_all(&db, &lines, batch, &work, &metrics))?;
        Ok(Self {
            queue,
            thread: Mutex::new(Some(thread)),
            at_work,
            patience,
        })
    }

    /// Returns once the line is committed.
    ///
    /// # Errors
    /// [`WriteError`], after [`Db::patience`] at the latest.
    pub async fn write(&self, issued: Issued) -> Result<(), WriteError> {
        if self.at_work.hangs() {
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
        }
        self.queue.news.notify_one();
        match tokio::time::timeout(self.patience, outcome).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(_)) => Err(WriteError::Unavailable(
                "the ledger's writer has stopped".to_owned(),
            )),
            Err(_) => Err(WriteError::silent()),
        }
    }

    /// Writes what still waits and ends the thread.
    pub fn stop(&self) {
        self.queue.lines.lock().closed = true;
        self.queue.news.notify_one();
        if let Some(thread) = self.thread.lock().take() {
            let _ = thread.join();
        }
    }
}

impl Queue {
    /// Takes what goes into the next transaction, at most `batch` lines; waits for the first. `None` at the end, once nothing waits.
    fn take(&self, batch: usize) -> Option<Vec<Waiting>> {
        let mut lines = self.lines.lock();
        // Whoever has come while the last batch was written is there now: waiting for more would only cost time.
        let mut taken = Vec::new();
        loop {
            while taken.len() < batch
                && let Some(waiting) = lines.waiting.pop()
            {
                // Whoever has gone away gets no token, and needs no line.
                if !waiting.answer.is_closed() {
                    taken.push(waiting);
                }
            }
            if !taken.is_empty() {
                return Some(taken);
            }
            if lines.closed {
                return None;
            }
            self.news.wait(&mut lines);
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
            // A caller that went away meanwhile got no token.
            let _ = answer.send(outcome.clone());
        }
    }
}
