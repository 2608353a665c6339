//! Group commit: callers queue their line; one thread takes all that wait into one transaction and answers them.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;

use parking_lot::Mutex;
use tokio::sync::oneshot;

use super::{Issued, store};
use crate::db::{self, Db, Error};
use crate::metrics::Metrics;

/// Why a line was not written: nothing may be handed out for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// Too many lines wait.
    Full,
    /// The database did not take it.
    Unavailable(String),
}

struct Waiting {
    issued: Issued,
    answer: oneshot::Sender<Result<(), Refused>>,
}

/// The hand to the writer's queue.
pub struct Writer {
    queue: Mutex<Option<SyncSender<Waiting>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
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
        let thread = std::thread::Builder::new()
            .name("ledger".to_owned())
            .spawn(move || write_all(&db, &receiver, batch, &metrics))?;
        Ok(Self {
            queue: Mutex::new(Some(sender)),
            thread: Mutex::new(Some(thread)),
        })
    }

    /// Returns once the line is committed.
    ///
    /// # Errors
    /// [`Refused`].
    pub async fn write(&self, issued: Issued) -> Result<(), Refused> {
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
        outcome.await.unwrap_or_else(|_| {
            Err(Refused::Unavailable(
                "the ledger's writer has stopped".to_owned(),
            ))
        })
    }

    /// Writes what still waits and ends the thread.
    pub fn stop(&self) {
        self.queue.lock().take();
        if let Some(thread) = self.thread.lock().take() {
            let _ = thread.join();
        }
    }
}

fn write_all(db: &Db, queue: &Receiver<Waiting>, batch: usize, metrics: &Metrics) {
    let mut lines = Vec::with_capacity(batch);
    let mut answers = Vec::with_capacity(batch);
    while let Ok(first) = queue.recv() {
        for waiting in std::iter::once(first).chain(queue.try_iter()).take(batch) {
            lines.push(waiting.issued);
            answers.push(waiting.answer);
        }
        metrics.ledger_batch(lines.len());
        let outcome = db
            .write_blocking(|conn| Ok::<_, db::Error>(store::insert(conn, &lines)?))
            .map_err(|why| {
                if let Error::Internal(why) = &why {
                    tracing::error!(%why, "the ledger could not be written");
                }
                Refused::Unavailable(why.to_string())
            });
        for answer in answers.drain(..) {
            // A caller that went away got no token.
            let _ = answer.send(outcome.clone());
        }
        lines.clear();
    }
}
