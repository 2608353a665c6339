//! The dispatcher. It starts threads; each serves one endpoint for a while, one message after the
//! other. `rounds` decides which endpoints are served.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use parking_lot::{Condvar, Mutex};

use super::super::manage::audit_event;
use super::super::{Secret, WebhookStatus, store as endpoints};
use super::outcome::Outcome;
use super::rounds::Rounds;
use super::store::{self, Attempt, Endpoint};
use super::{Meaning, wait_after};
use crate::audit::{self, Action, Origin};
use crate::base::{Clock, OrganizationId, random};
use crate::config;
use crate::db::{Db, Error, Result};
use crate::duty::Duty;
use crate::metrics::Metrics;
use crate::outbound::Client;
use crate::outbox::DeliveryStatus;
use crate::signing_keys::Keeper;

/// The largest number of due endpoints that are looked at together. Endpoints that never answer
/// fill it only if at least 500 organizations have the largest allowed number of them.
const MOST_DUE: i64 = 10_000;

/// The largest number of messages that are delivered to one endpoint before its thread ends, so
/// that another endpoint has its turn.
const ROUND: usize = 100;

/// How long after the timeout of an attempt its message is due again, if no outcome was stored.
const LOST_AFTER: Duration = Duration::from_secs(30);

/// Delivers messages to endpoints, each on a thread of its own.
pub struct Dispatcher(Arc<Shared>);

struct Shared {
    db: Db,
    duty: Arc<Duty>,
    clock: Clock,
    keys: Arc<Keeper>,
    metrics: Arc<Metrics>,
    settings: config::Webhooks,
    client: Client,
    rounds: Mutex<Rounds>,
    back: Condvar,
    closed: AtomicBool,
}

impl Dispatcher {
    /// Makes a dispatcher that has no threads yet.
    #[must_use]
    pub fn new(
        db: Db,
        duty: Arc<Duty>,
        clock: Clock,
        keys: Arc<Keeper>,
        metrics: Arc<Metrics>,
        settings: config::Webhooks,
    ) -> Self {
        Self(Arc::new(Shared {
            client: Client::new(settings.allow_private, settings.timeout),
            db,
            duty,
            clock,
            keys,
            metrics,
            settings,
            rounds: Mutex::default(),
            back: Condvar::new(),
            closed: AtomicBool::new(false),
        }))
    }

    /// Starts a thread for each endpoint that has due messages, as far as the limits allow. Returns
    /// the number of threads.
    ///
    /// # Errors
    /// Returns the errors of the database, and [`Error::Busy`] if a thread cannot be started.
    pub fn dispatch_due(&self) -> Result<usize> {
        let now = self.0.clock.now();
        let due = self
            .0
            .db
            .read_blocking(|conn| store::due(conn, now, MOST_DUE))?;
        let chosen = {
            let mut rounds = self.0.rounds.lock();
            if self.0.closed.load(Ordering::Acquire) {
                return Ok(0);
            }
            rounds.choose(&due, self.0.clock.elapsed())
        };
        let sent = chosen.len();
        // Each value is dropped when its thread ends, in whatever way, or if the thread cannot be
        // started.
        let out: Vec<_> = chosen
            .into_iter()
            .map(|to| Out(Arc::clone(&self.0), to))
            .collect();
        for out in out {
            let thread = std::thread::Builder::new().name("webhook".to_owned());
            if thread.spawn(move || out.0.serve(out.1)).is_err() {
                return Err(Error::Busy);
            }
        }
        Ok(sent)
    }

    /// Waits until all threads have ended, at most for `limit`. Returns whether they have.
    #[must_use]
    pub fn await_all(&self, limit: Duration) -> bool {
        let mut rounds = self.0.rounds.lock();
        !self
            .0
            .back
            .wait_while_for(&mut rounds, |rounds| !rounds.is_over(), limit)
            .timed_out()
    }

    /// Starts no more threads, and waits for the running ones, at most for `limit`. Messages that
    /// remain are delivered later, by the node that is then on duty.
    pub fn close(&self, limit: Duration) {
        self.0.closed.store(true, Ordering::Release);
        if !self.await_all(limit) {
            tracing::debug!("a message was on its way when the service stopped");
        }
    }
}

/// An endpoint that is being served. Dropping it ends the service in `rounds`.
struct Out(Arc<Shared>, Endpoint);

impl Drop for Out {
    fn drop(&mut self) {
        self.0.rounds.lock().end(self.1);
        self.0.back.notify_all();
    }
}

impl Shared {
    fn serve(&self, to: Endpoint) {
        for _ in 0..ROUND {
            if self.closed.load(Ordering::Acquire) || !self.duty.is_on() {
                break;
            }
            self.rounds.lock().begin(to, self.clock.elapsed());
            match self.serve_one(to) {
                Ok(Some(arrived)) => {
                    self.rounds.lock().note(to, arrived);
                    if !arrived {
                        // After a failure the thread ends, so that other endpoints have their turn.
                        break;
                    }
                }
                Ok(None) => break,
                Err(why) => {
                    tracing::warn!(webhook = %to.1, %why, "a webhook could not be served; it will be tried again");
                    break;
                }
            }
        }
    }

    /// Delivers the message that has waited longest. Returns whether it arrived; `None` if no
    /// message is due.
    fn serve_one(&self, to: Endpoint) -> Result<Option<bool>> {
        let now = self.clock.now();
        let again = now.plus(self.settings.timeout + LOST_AFTER);
        let taken = self.duty.write(&self.db, |conn| {
            let endpoint = endpoints::find(conn, to.0, to.1)?;
            let Some(endpoint) = endpoint.filter(|found| found.status == WebhookStatus::Active)
            else {
                store::abandon(conn, to, "the webhook is not active")?;
                return Ok(None);
            };
            let Some(attempt) = store::take(conn, to, now, again)? else {
                return Ok(None);
            };
            let sealed = endpoints::secret(conn, to.0, to.1)?;
            Ok::<_, Error>(Some((attempt, endpoint.url, sealed)))
        })?;
        let Some((attempt, url, sealed)) = taken else {
            return Ok(None);
        };
        let outcome = match Secret::open(&sealed, self.keys.masters(), to.1) {
            Ok(secret) => self.post(&attempt, &url, &secret),
            Err(why) => {
                tracing::error!(webhook = %to.1, %why, "a webhook's secret cannot be opened");
                Outcome::Failed("its secret cannot be opened".to_owned())
            }
        };
        self.settle(&attempt, &outcome).map(Some)
    }

    fn post(&self, attempt: &Attempt, url: &str, secret: &Secret) -> Outcome {
        let at = self.clock.now();
        let signature = secret.sign(&attempt.id, at, &attempt.body);
        let headers = [
            ("webhook-id", attempt.id.as_str()),
            ("webhook-timestamp", &at.as_seconds().to_string()),
            ("webhook-signature", &signature),
        ];
        let answer = self.client.post_json(url, &headers, &attempt.body);
        answer.map_or_else(|why| Outcome::of_failure(&why), Outcome::Answered)
    }

    fn settle(&self, attempt: &Attempt, outcome: &Outcome) -> Result<bool> {
        let now = self.clock.now();
        let (to, text) = (attempt.to, outcome.to_string());
        let (meaning, retry_after) = match outcome {
            Outcome::Answered(answer) => (Meaning::of(answer.status), answer.retry_after),
            Outcome::Failed(_) => (Meaning::Again, None),
        };
        let last = attempt.number >= self.settings.max_attempts;
        let origin = Origin::system();
        let (count, number) = (|word| self.metrics.webhook(word), attempt.number);
        self.db.write_blocking(|conn| {
            let (status, due_at) = match meaning {
                Meaning::Taken => (DeliveryStatus::Delivered, None),
                Meaning::Again if !last => {
                    let [dice] = random::bytes();
                    let due_at = now.plus(wait_after(number, retry_after, dice));
                    (DeliveryStatus::Pending, Some(due_at))
                }
                Meaning::Again | Meaning::Gone => (DeliveryStatus::Failed, None),
            };
            if !store::settle(conn, attempt, status, due_at, &text)? {
                return Ok(());
            }
            if meaning == Meaning::Taken {
                endpoints::set_gave_up(conn, to.0, to.1, None)?;
            }
            let news = match meaning {
                Meaning::Gone => {
                    endpoints::set_status(conn, to.0, to.1, WebhookStatus::Gone, now)?;
                    store::abandon(conn, to, "the endpoint is gone")?;
                    Some(Action::WebhookGone)
                }
                // This is recorded once, however many later messages are given up.
                Meaning::Again if last => endpoints::set_gave_up(conn, to.0, to.1, Some(now))?
                    .then_some(Action::WebhookGaveUp),
                _ => None,
            };
            if let Some(action) = news {
                let event = audit_event(&origin, action, to, now).detail(text.clone());
                audit::record(conn, &event)?;
            }
            Ok::<_, Error>(())
        })?;
        let owner = (to.0 != OrganizationId::SERVICE).then_some(to.0.0);
        match meaning {
            Meaning::Taken => count("delivered"),
            Meaning::Again if !last => count("retried"),
            Meaning::Again | Meaning::Gone => {
                count("failed");
                tracing::warn!(organization = owner, webhook = %to.1, message = attempt.id, attempt = number, outcome = text,
                    "a message was given up");
            }
        }
        Ok(meaning == Meaning::Taken)
    }
}
