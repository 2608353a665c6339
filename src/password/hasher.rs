//! The threads that do bcrypt: few, behind a bounded queue, and below everyone else in the machine's esteem, so that a storm
//! of logins costs only logins.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};

use parking_lot::Mutex;
use secrecy::SecretString;
use tokio::sync::oneshot;

use super::{Password, PasswordFault, Typed};
use crate::metrics::Metrics;

/// Below the threads that answer requests.
const NICE: i32 = 10;

/// Too many wait already: ask again later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Busy;

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Not this password.
    Wrong,
    /// This password; a hash of today's form and cost, if the stored one is another.
    Right {
        /// To be stored instead.
        rehashed: Option<String>,
    },
}

struct Check {
    hash: Option<String>,
    password: SecretString,
    answer: oneshot::Sender<Verdict>,
}

/// A hand to the hashing threads.
pub struct Hasher {
    queue: SyncSender<Check>,
    metrics: Arc<Metrics>,
}

impl Hasher {
    /// Starts `threads` threads behind a queue of `waiting`.
    ///
    /// # Errors
    /// A text, when no thread can be started or the cost is out of range.
    pub fn start(
        threads: usize,
        waiting: usize,
        cost: u32,
        metrics: Arc<Metrics>,
    ) -> Result<Self, String> {
        let (queue, checks) = sync_channel(waiting);
        let checks = Arc::new(Mutex::new(checks));
        for number in 0..threads.max(1) {
            let (checks, metrics) = (Arc::clone(&checks), Arc::clone(&metrics));
            std::thread::Builder::new()
                .name(format!("hashing-{number}"))
                .spawn(move || work(&checks, cost, &metrics))
                .map_err(|why| format!("cannot start a hashing thread: {why}"))?;
        }
        Ok(Self { queue, metrics })
    }

    /// Checks a password against a stored hash. Without a hash (nobody of that name), or with a text that can be nobody's
    /// password, it takes the same time and answers [`Verdict::Wrong`].
    ///
    /// # Errors
    /// [`Busy`] at once when the queue is full.
    pub async fn check(
        &self,
        hash: Option<String>,
        password: SecretString,
    ) -> Result<Verdict, Busy> {
        let (answer, verdict) = oneshot::channel();
        self.queue
            .try_send(Check {
                hash,
                password,
                answer,
            })
            .map_err(|why| match why {
                TrySendError::Full(_) | TrySendError::Disconnected(_) => Busy,
            })?;
        self.metrics.hashing_waiting.inc();
        verdict.await.map_err(|_| Busy)
    }
}

fn work(checks: &Mutex<Receiver<Check>>, cost: u32, metrics: &Metrics) {
    if let Err(why) = rustix::process::nice(NICE) {
        tracing::debug!(%why, "hashing threads run at normal priority");
    }
    // Costs as much as any real check of today's cost; its password is nobody's.
    let nobody = bcrypt::hash("nobody", cost).unwrap_or_default();
    loop {
        let Ok(check) = checks.lock().recv() else {
            return;
        };
        metrics.hashing_waiting.dec();
        if check.answer.is_closed() {
            continue;
        }
        // The caller may have gone: then nobody needs to know.
        let _ = check.answer.send(verdict(
            check.hash.as_deref(),
            check.password,
            &nobody,
            cost,
        ));
    }
}

/// Checks the composed form of the password and, if it differs, the form as typed. The number of hashes depends only on the text,
/// not on whether the login exists.
fn verdict(hash: Option<&str>, password: SecretString, nobody: &str, cost: u32) -> Verdict {
    let Typed { composed, as_typed } = Typed::new(password);
    let right = |password: &Result<Password, PasswordFault>| {
        if let (Some(hash), Ok(password)) = (hash, password) {
            return password.matches(hash);
        }
        let _ = bcrypt::verify("somebody", nobody);
        false
    };
    let today = right(&composed);
    let before = as_typed.as_ref().is_some_and(right);
    if !today && !before {
        return Verdict::Wrong;
    }
    let cheaper = hash
        .and_then(|hash| hash.parse::<bcrypt::HashParts>().ok())
        .is_some_and(|parts| parts.get_cost() < cost);
    // What is stored as typed and is too long when composed stays as typed.
    let old_form = !today && composed.is_ok();
    let stored = match as_typed {
        Some(as_typed) if before => composed.or(as_typed),
        _ => composed,
    };
    let rehashed = (cheaper || old_form).then(|| stored.ok()?.hash(cost).ok());
    Verdict::Right {
        rehashed: rehashed.flatten(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(hash: Option<&str>, password: &str, cost: u32) -> Verdict {
        let nobody = bcrypt::hash("nobody", cost).unwrap();
        verdict(hash, SecretString::from(password), &nobody, cost)
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
    fn nobody_and_nonsense_are_wrong() {
        assert_eq!(check(None, "nobody", 4), Verdict::Wrong);
        assert_eq!(check(Some("x"), "", 4), Verdict::Wrong);
        assert_eq!(check(None, &"a".repeat(100), 4), Verdict::Wrong);
    }
}
