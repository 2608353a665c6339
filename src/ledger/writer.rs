//! Group commit: callers queue their line; one thread takes all that wait into one transaction and answers them.

use std::iter;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::oneshot;

use super::{Issued, store};
use crate::base::clock;
use crate::db::{Db, Error};
use crate::metrics::Metrics;

/// Why a line was not written: nothing may be handed out for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// Too many lines wait.
    Full,
    /// The database did not take it.
    Unavailable(String),
}

/// When a transaction has been under way for so long that queueing behind it is pointless.
const HANGS_AFTER: Duration = Duration::from_secs(2);

impl Refused {
    fn silent() -> Self {
        Self::Unavailable("the database does not answer".to_owned())
    }
}

struct Waiting {
    issued: Issued,
    answer: oneshot::Sender<Result<(), Refused>>,
}

/// The hand to the writer's queue.
pub struct Writer {
    queue: Mutex<Option<SyncSender<Waiting>>>,
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
        let (sender, receiver) = sync_channel(queue);
        let patience = db.patience();
        let at_work = Arc::new(AtWork::default());
        let work = Arc::clone(&at_work);
        let thread = std::thread::Builder::new()
            .name("ledger".to_owned())
            .spawn(move || write_all(&db, &receiver, batch, &work, &metrics))?;
        Ok(Self {
            queue: Mutex::new(Some(sender)),
            thread: Mutex::new(Some(thread)),
            at_work,
            patience,
        })
    }

    /// Returns once the line is committed.
    ///
    /// # Errors
    /// [`Refused`], after [`Db::patience`] at the latest.
    pub async fn write(&self, issued: Issued) -> Result<(), Refused> {
        if self.at_work.hangs() {
            return Err(Refused::silent());
        }
        let (answer, outcome) = oneshot::channel();
        let sender = self.queue.lock().clone().ok_or(Refused::Full)?;
        sender
            .try_send(Waiting { issued, answer })
            .map_err(|why| match why {
                TrySendError::Full(_) => Refused::Full,
                TrySendError::Disconnected(_) => {
                    Refused::Unavailable("the ledger's writer has stopped".to_owned())
                }
            })?;
        match tokio::time::timeout(self.patience, outcome).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(_)) => Err(Refused::Unavailable(
                "the ledger's writer has stopped".to_owned(),
            )),
            Err(_) => Err(Refused::silent()),
        }
    }

    /// Writes what still waits and ends the thread.
    pub fn stop(&self) {
        self.queue.lock().take();
        if let Some(thread) = self.thread.lock().take() {
            let _ = thread.join();
        }
    }
}

fn write_all(
    db: &Db,
    queue: &Receiver<Waiting>,
    batch: usize,
    at_work: &AtWork,
    metrics: &Metrics,
) {
    let mut lines = Vec::with_capacity(batch);
    let mut answers = Vec::with_capacity(batch);
    while let Ok(first) = queue.recv() {
        // Whoever has come while the last batch was written is there now: waiting for more would only cost time.
        for waiting in iter::once(first).chain(queue.try_iter()) {
            // Whoever has gone away gets no token, and needs no line.
            if waiting.answer.is_closed() {
                continue;
            }
            lines.push(waiting.issued);
            answers.push(waiting.answer);
            if lines.len() >= batch {
                break;
            }
        }
        if lines.is_empty() {
            continue;
        }
        metrics.ledger_batch(lines.len());
        at_work.begin();
        let outcome = db
            .write_statement_blocking(|conn| store::insert(conn, &lines))
            .map_err(|why| {
                if let Error::Internal(why) = &why {
                    tracing::error!(%why, "the ledger could not be written");
                }
                Refused::Unavailable(why.to_string())
            });
        at_work.end();
        for answer in answers.drain(..) {
            // A caller that went away meanwhile got no token.
            let _ = answer.send(outcome.clone());
        }
        lines.clear();
    }
}
