//! The threads that do bcrypt: few, behind a bounded queue, and with lower OS priority (nice) than those that answer requests,
//! so that a storm of logins costs only logins.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use parking_lot::{Condvar, Mutex};
use secrecy::SecretString;
use tokio::sync::oneshot;

use super::cost::{cost_of, rest};
use super::{Password, PasswordError, Typed};
use crate::base::{Pushed, Turn, Turns};
use crate::metrics::Metrics;

/// Below the threads that answer requests.
const NICE: i32 = 10;

/// Too many wait already: ask again later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Busy;

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Not this password, or one that may not log in.
    Wrong,
    /// This password; a hash of today's form and cost, if the stored one is another.
    Right {
        /// To be stored instead.
        rehashed: Option<String>,
    },
}

/// A password to be checked.
#[derive(Debug)]
pub struct Attempt {
    /// On whose behalf.
    pub turn: Turn,
    /// The stored hash; `None` if there is no such login.
    pub hash: Option<String>,
    /// Whether the right password may log in.
    pub admissible: bool,
    /// What was presented.
    pub password: SecretString,
}

/// What bcrypt costs here.
#[derive(Debug, Clone, Copy)]
struct Costs {
    /// What a new hash costs.
    new: u32,
    /// What every refusal costs.
    refusal: u32,
}

struct Check {
    attempt: Attempt,
    answer: oneshot::Sender<Verdict>,
}

/// The hashing threads' queue.
pub struct Hasher {
    queue: Arc<Queue>,
    metrics: Arc<Metrics>,
}

struct Queue {
    /// What a new hash costs.
    cost: u32,
    /// What every refusal costs.
    refusal: AtomicU32,
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    turns: Turns<Check>,
    closed: bool,
}

impl Queue {
    /// Returns the next check, or `None` once the queue is closed.
    fn next(&self) -> Option<Check> {
        let mut state = self.state.lock();
        loop {
            if state.closed {
                return None;
            }
            if let Some(check) = state.turns.pop() {
                return Some(check);
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
    /// Starts `threads` threads behind a queue of `waiting`.
    ///
    /// # Errors
    /// A text, when no thread can be started.
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

    /// Makes every refusal cost as much as the dearest stored hash, so that no login is told from another by time; returns
    /// whether that is a change.
    #[must_use]
    pub fn expect(&self, dearest: Option<u32>) -> bool {
        let cost = self.queue.cost;
        let refusal = dearest.map_or(cost, |dearest| dearest.max(cost));
        self.queue.refusal.swap(refusal, Ordering::Relaxed) != refusal
    }

    /// Checks a password against a stored hash. Every refusal of the same text takes the same time: that of a wrong password, of a login that
    /// is nobody's, of a text that can be nobody's password, and of a right one that is not admissible.
    ///
    /// # Errors
    /// [`Busy`] when there is no room, or others need it more.
    pub async fn check(&self, attempt: Attempt) -> Result<Verdict, Busy> {
        let (answer, verdict) = oneshot::channel();
        let turn = attempt.turn;
        let pushed = self
            .queue
            .state
            .lock()
            .turns
            .push(turn, Check { attempt, answer });
        match pushed {
            Pushed::Waits => {
                self.metrics.hashing_waiting.inc();
            }
            // Its caller is told by the end of the channel.
            Pushed::InPlaceOf(_) => {}
            Pushed::Refused(_) => return Err(Busy),
        }
        self.queue.changed.notify_one();
        verdict.await.map_err(|_| Busy)
    }
}

fn work(queue: &Queue, metrics: &Metrics) {
    if let Err(why) = rustix::process::nice(NICE) {
        tracing::debug!(%why, "hashing threads run at normal priority");
    }
    while let Some(Check { attempt, answer }) = queue.next() {
        metrics.hashing_waiting.dec();
        if answer.is_closed() {
            continue;
        }
        let costs = Costs {
            new: queue.cost,
            refusal: queue.refusal.load(Ordering::Relaxed),
        };
        // The caller may have gone: then nobody needs the answer.
        let _ = answer.send(verdict(attempt, costs));
    }
}

/// Checks the composed form of the password and, if it differs, the form as typed. The work of a refusal depends only on the
/// text, not on whether the login exists, or on its hash.
fn verdict(attempt: Attempt, costs: Costs) -> Verdict {
    let Typed { composed, as_typed } = Typed::new(attempt.password);
    let hash = attempt.hash.as_deref();
    let right = |password: &Result<Password, PasswordError>| {
        let stored = hash.zip(password.as_ref().ok());
        stored.is_some_and(|(hash, password)| password.matches(hash))
    };
    let cheaper = hash.and_then(cost_of).is_some_and(|paid| paid < costs.new);
    let new_hash = |password: Result<Password, PasswordError>| password.ok()?.hash(costs.new).ok();
    if right(&composed) && attempt.admissible {
        return Verdict::Right {
            rehashed: cheaper.then(|| new_hash(composed)).flatten(),
        };
    }
    if let Some(as_typed) = &as_typed
        && right(as_typed)
        && attempt.admissible
    {
        // What is stored as typed and is too long when composed stays as typed.
        let old_form = composed.is_ok();
        let stored = composed.or_else(|_| as_typed.clone());
        return Verdict::Right {
            rehashed: (cheaper || old_form).then(|| new_hash(stored)).flatten(),
        };
    }
    for form in std::iter::once(&composed).chain(&as_typed) {
        let paid = hash.filter(|_| form.is_ok()).and_then(cost_of);
        for cost in rest(paid, costs.refusal) {
            let _ = bcrypt::hash("nobody", cost);
        }
    }
    Verdict::Wrong
}

#[cfg(test)]
mod tests {
    use super::*;

    const COSTS: Costs = Costs { new: 5, refusal: 5 };

    fn attempt(hash: Option<&str>, password: &str) -> Attempt {
        Attempt {
            turn: Turn::Stranger(None),
            hash: hash.map(str::to_owned),
            admissible: true,
            password: SecretString::from(password),
        }
    }

    fn check(hash: Option<&str>, password: &str, new: u32) -> Verdict {
        verdict(attempt(hash, password), Costs { new, ..COSTS })
    }

    #[test]
    fn a_cheaper_hash_is_replaced_when_the_password_is_right() {
        let hash = bcrypt::hash("right", 4).unwrap();
        assert_eq!(
            check(Some(&hash), "right", 4),
            Verdict::Right { rehashed: None }
        );
        assert_eq!(check(Some(&hash), "wrong", 5), Verdict::Wrong);
        let Verdict::Right {
            rehashed: Some(dearer),
        } = check(Some(&hash), "right", 5)
        else {
            panic!("not re-hashed")
        };
        assert_eq!(
            check(Some(&dearer), "right", 5),
            Verdict::Right { rehashed: None }
        );
    }

    #[test]
    fn a_password_is_right_however_it_is_composed() {
        let (composed, decomposed) = ("mật khẩu", "mâ\u{323}t kh\u{e2}\u{309}u");
        let hash = bcrypt::hash(composed, 4).unwrap();
        for typed in [composed, decomposed] {
            assert_eq!(
                check(Some(&hash), typed, 4),
                Verdict::Right { rehashed: None }
            );
        }
        let old = bcrypt::hash(decomposed, 4).unwrap();
        assert_eq!(
            check(Some(&old), composed, 4),
            Verdict::Wrong,
            "set before: only as it was typed"
        );
        let Verdict::Right {
            rehashed: Some(new),
        } = check(Some(&old), decomposed, 4)
        else {
            panic!("not re-hashed")
        };
        assert_eq!(
            check(Some(&new), composed, 4),
            Verdict::Right { rehashed: None }
        );
    }

    #[test]
    fn an_old_password_that_is_too_long_when_composed_stays() {
        let long = "\u{958}".repeat(20);
        let old = bcrypt::hash(&long, 4).unwrap();
        assert_eq!(
            check(Some(&old), &long, 4),
            Verdict::Right { rehashed: None }
        );
    }

    #[test]
    fn nobody_nonsense_and_the_inadmissible_are_wrong() {
        assert_eq!(check(None, "nobody", 4), Verdict::Wrong);
        assert_eq!(check(Some("x"), "", 4), Verdict::Wrong);
        assert_eq!(check(None, &"a".repeat(100), 4), Verdict::Wrong);
        let hash = bcrypt::hash("right", 4).unwrap();
        let suspended = Attempt {
            admissible: false,
            ..attempt(Some(&hash), "right")
        };
        assert_eq!(verdict(suspended, COSTS), Verdict::Wrong);
        // So in both forms of a text that has two.
        for stored in ["\u{e9}", "e\u{301}"] {
            let hash = bcrypt::hash(stored, 4).unwrap();
            let suspended = Attempt {
                admissible: false,
                ..attempt(Some(&hash), "e\u{301}")
            };
            assert_eq!(verdict(suspended, COSTS), Verdict::Wrong);
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
            // All of them are polled before the owner is.
            futures_util::future::join(futures_util::future::join_all(crowd), hasher.check(owner))
                .await
        });
        assert!(matches!(owner, Ok(Verdict::Right { .. })), "{owner:?}");
        assert!(crowd.contains(&Err(Busy)) && crowd.contains(&Ok(Verdict::Wrong)));
    }
}
