//! The threads that run bcrypt. They are few, behind a bounded queue, and run with lower OS
//! priority (nice) than request threads, so a flood of logins delays only logins.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use parking_lot::{Condvar, Mutex};
use tokio::sync::oneshot;

use super::Password;
use super::check::{Attempt, Costs, Verdict, verdict};
use crate::base::{Pushed, Turn, Turns};
use crate::metrics::Metrics;

/// The niceness of the threads; request threads have 0.
const NICE: i32 = 10;

/// The queue for hashing is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Busy;

/// Why a new password was not hashed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HashError {
    /// The queue for hashing is full.
    #[error("the queue for hashing is full")]
    Busy,
    /// The cost is out of range.
    #[error("the password cannot be hashed: {0}")]
    Cost(String),
}

/// What a thread does.
enum Work {
    /// A password is checked.
    Check(Attempt, oneshot::Sender<Verdict>),
    /// A new password is hashed.
    Hash(Password, oneshot::Sender<Result<String, String>>),
}

/// The queue of the hashing threads.
pub struct Hasher {
    queue: Arc<Queue>,
    metrics: Arc<Metrics>,
}

struct Queue {
    /// The cost of a new hash.
    cost: u32,
    /// The cost of every refusal.
    refusal: AtomicU32,
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    turns: Turns<Work>,
    closed: bool,
}

impl Queue {
    /// Returns the next work, or `None` once the queue is closed.
    fn next(&self) -> Option<Work> {
        let mut state = self.state.lock();
        loop {
            if state.closed {
                return None;
            }
            if let Some(work) = state.turns.pop() {
                return Some(work);
            }
            self.changed.wait(&mut state);
        }
    }
}

impl Drop for Hasher {
    fn drop(&mut self) {
        self.queue.state.lock().closed = true;
        self.queue.changed.notify_all();
    }
}

impl Hasher {
    /// Starts `threads` threads, at least one, behind a queue for `waiting` callers.
    ///
    /// # Errors
    /// Returns an error text if a thread cannot be started.
    pub fn start(
        threads: usize,
        waiting: usize,
        cost: u32,
        metrics: Arc<Metrics>,
    ) -> Result<Self, String> {
        let queue = Arc::new(Queue {
            cost,
            refusal: AtomicU32::new(cost),
            state: Mutex::new(State {
                turns: Turns::new(waiting),
                closed: false,
            }),
            changed: Condvar::new(),
        });
        let hasher = Self { queue, metrics };
        for number in 0..threads.max(1) {
            let (queue, metrics) = (Arc::clone(&hasher.queue), Arc::clone(&hasher.metrics));
            std::thread::Builder::new()
                .name(format!("hashing-{number}"))
                .spawn(move || work(&queue, &metrics))
                .map_err(|why| format!("cannot start a hashing thread: {why}"))?;
        }
        Ok(hasher)
    }

    /// Makes every refusal cost as much as the most expensive stored hash (`dearest`), so that the
    /// response time does not reveal which logins exist. Returns whether the cost changed.
    #[must_use]
    pub fn expect(&self, dearest: Option<u32>) -> bool {
        let cost = self.queue.cost;
        let refusal = dearest.map_or(cost, |dearest| dearest.max(cost));
        self.queue.refusal.swap(refusal, Ordering::Relaxed) != refusal
    }

    /// Checks a password against a stored hash. Every refusal of the same text takes the same time:
    /// for a wrong password, for a login that does not exist, for a text that cannot be a password,
    /// and for the right password of an account that may not log in.
    ///
    /// # Errors
    /// Returns [`Busy`] if the queue is full, or if another caller replaced this one in the queue.
    pub async fn check(&self, attempt: Attempt) -> Result<Verdict, Busy> {
        let (answer, verdict) = oneshot::channel();
        self.push(attempt.turn, Work::Check(attempt, answer))?;
        verdict.await.map_err(|_| Busy)
    }

    /// Hashes a new password.
    ///
    /// # Errors
    /// Returns [`HashError::Busy`] as [`Hasher::check`] does.
    pub async fn hash(&self, turn: Turn, password: Password) -> Result<String, HashError> {
        let (answer, hash) = oneshot::channel();
        self.push(turn, Work::Hash(password, answer))
            .map_err(|Busy| HashError::Busy)?;
        let hash = hash.await.map_err(|_| HashError::Busy)?;
        hash.map_err(HashError::Cost)
    }

    fn push(&self, turn: Turn, work: Work) -> Result<(), Busy> {
        let pushed = self.queue.state.lock().turns.push(turn, work);
        match pushed {
            Pushed::Waits => {
                self.metrics.hashing_waiting.inc();
            }
            // The caller that was replaced sees its channel close.
            Pushed::InPlaceOf(_) => {}
            Pushed::Refused(_) => return Err(Busy),
        }
        self.queue.changed.notify_one();
        Ok(())
    }
}

fn work(queue: &Queue, metrics: &Metrics) {
    if let Err(why) = rustix::process::nice(NICE) {
        tracing::debug!(%why, "hashing threads run at normal priority");
    }
    while let Some(next) = queue.next() {
        metrics.hashing_waiting.dec();
        // A send fails if the caller has disconnected meanwhile; then nobody needs the answer.
        match next {
            Work::Check(_, answer) if answer.is_closed() => {}
            Work::Check(attempt, answer) => {
                let costs = Costs {
                    new: queue.cost,
                    refusal: queue.refusal.load(Ordering::Relaxed),
                };
                let _ = answer.send(verdict(attempt, costs));
            }
            Work::Hash(_, answer) if answer.is_closed() => {}
            Work::Hash(password, answer) => {
                let _ = answer.send(password.hash(queue.cost));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Turn;
    use secrecy::SecretString;

    fn attempt(hash: Option<&str>, password: &str) -> Attempt {
        Attempt {
            turn: Turn::Stranger(None),
            hash: hash.map(str::to_owned),
            admissible: true,
            password: SecretString::from(password),
        }
    }

    #[test]
    fn a_full_queue_has_room_for_who_was_in_before() {
        let hasher = Hasher::start(1, 8, 11, Arc::new(Metrics::new())).unwrap();
        let hash = bcrypt::hash("right", 4).unwrap();
        let owner = Attempt {
            turn: Turn::Known(crate::base::OrganizationId(1)),
            ..attempt(Some(&hash), "right")
        };
        let crowd = (0..30u8).flat_map(|host| {
            (0..3).map(move |_| Attempt {
                turn: Turn::Stranger(Some([203, 0, 113, host].into())),
                ..attempt(None, "guess")
            })
        });
        let system = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        let (crowd, owner) = system.block_on(async {
            let crowd = crowd.map(|attempt| hasher.check(attempt));
            // All of the crowd are polled before the owner is.
            futures_util::future::join(futures_util::future::join_all(crowd), hasher.check(owner))
                .await
        });
        assert!(matches!(owner, Ok(Verdict::Right { .. })), "{owner:?}");
        assert!(crowd.contains(&Err(Busy)) && crowd.contains(&Ok(Verdict::Wrong)));
    }
}
