//! Many clients that make every kind of call at once, and record what was confirmed to them.

use std::net::SocketAddr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use serde_json::json;

use crate::call::Verdict;
use crate::dice::Dice;
use crate::http::{Answer, Client, Outcome};
use crate::service::Service;
use crate::wait;

/// The kind of call that a client makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Errand {
    Validate,
    Issue,
    Login,
    Revoke,
    Manage,
}

/// The kinds of call that need the database.
pub(crate) const STORED: [Errand; 4] =
    [Errand::Issue, Errand::Login, Errand::Revoke, Errand::Manage];

const CLIENTS: [(Errand, usize); 5] = [
    (Errand::Validate, 4),
    (Errand::Issue, 8),
    (Errand::Login, 2),
    (Errand::Revoke, 4),
    (Errand::Manage, 4),
];

/// What was confirmed to the clients.
#[derive(Debug, Default)]
pub(crate) struct Promises {
    /// Tokens that were issued.
    pub(crate) issued: Vec<String>,
    /// Tokens whose revocation was confirmed.
    pub(crate) revoked: Vec<String>,
    /// Tokens whose revocation was refused: it may have happened or not.
    pub(crate) doubtful: Vec<String>,
    /// Operators that were added.
    pub(crate) added: Vec<i64>,
    /// Answers that are not allowed.
    pub(crate) wrong: Vec<String>,
    /// The longest wait for an answer.
    pub(crate) slowest: Duration,
}

#[derive(Debug, Default)]
struct Tally {
    done: AtomicU64,
    refused: AtomicU64,
}

/// The clients. Their organization logs in as `acme`.
#[derive(Debug)]
pub(crate) struct Crowd {
    address: SocketAddr,
    company: String,
    operator: i64,
    /// A token that is never revoked.
    live: String,
    tallies: [Tally; CLIENTS.len()],
    promises: Mutex<Promises>,
    dice: Dice,
}

impl Crowd {
    pub(crate) fn new(service: &Service, operator: i64, dice: &Dice) -> Self {
        let company = service.client().login("acme");
        Self {
            address: service.address,
            live: service.client().issue(&company, operator),
            company,
            operator,
            tallies: Default::default(),
            promises: Mutex::default(),
            dice: dice.clone(),
        }
    }

    pub(crate) fn company(&self) -> &str {
        &self.company
    }

    /// Runs all clients until `watch` returns. Returns what was confirmed to them.
    pub(crate) fn run(mut self, watch: impl FnOnce(&Self)) -> Promises {
        struct Bell<'a>(&'a AtomicBool);
        impl Drop for Bell<'_> {
            fn drop(&mut self) {
                self.0.store(true, Ordering::Release);
            }
        }
        let over = AtomicBool::new(false);
        let (crowd, over) = (&self, &over);
        thread::scope(|scope| {
            let _bell = Bell(over);
            for (number, (errand, clients)) in CLIENTS.into_iter().enumerate() {
                for client in 0..clients {
                    let mut dice = crowd.dice.fork(number * 100 + client);
                    scope.spawn(move || {
                        let mut client = Client::new(crowd.address);
                        while !over.load(Ordering::Acquire) {
                            crowd.run_errand(errand, &mut client, &mut dice);
                        }
                    });
                }
            }
            watch(crowd);
        });
        std::mem::take(self.promises.get_mut().unwrap())
    }

    /// Waits until each of `errands` has succeeded `more` further times.
    pub(crate) fn until_done(&self, errands: &[Errand], more: u64) {
        self.until("done", errands, more, |tally| &tally.done);
    }

    /// Waits until each of `errands` has been refused `more` further times.
    pub(crate) fn until_refused(&self, errands: &[Errand], more: u64) {
        self.until("refused", errands, more, |tally| &tally.refused);
    }

    fn until(&self, what: &str, errands: &[Errand], more: u64, of: fn(&Tally) -> &AtomicU64) {
        let count = |errand| of(self.tally(errand)).load(Ordering::Acquire);
        let goals: Vec<_> = errands
            .iter()
            .map(|errand| (*errand, count(*errand) + more))
            .collect();
        for (errand, goal) in goals {
            wait::until(&format!("{errand:?} is {what}"), || count(errand) >= goal);
        }
    }

    fn tally(&self, errand: Errand) -> &Tally {
        let index = CLIENTS.iter().position(|(other, _)| *other == errand);
        &self.tallies[index.unwrap()]
    }

    fn promise(&self, note: impl FnOnce(&mut Promises)) {
        note(&mut self.promises.lock().unwrap());
    }

    /// Records an answer. The only answer allowed besides `expected` is a refusal with
    /// `Retry-After`; validation may be refused only because the lease has expired.
    fn receive(&self, errand: Errand, expected: u16, outcome: Outcome) -> Option<Answer> {
        let wrong = match outcome {
            Outcome::Answered(answer) => {
                self.promise(|promises| promises.slowest = promises.slowest.max(answer.took));
                if answer.status == expected {
                    self.tally(errand).done.fetch_add(1, Ordering::AcqRel);
                    return Some(answer);
                }
                let excused = errand != Errand::Validate || is_stale(&answer);
                if excused && is_unavailable(&answer) {
                    self.tally(errand).refused.fetch_add(1, Ordering::AcqRel);
                    // The answer requests a retry after a second or more. Clients that retried at
                    // once would keep a small machine from the recovery for which they wait.
                    thread::sleep(Duration::from_millis(20));
                    return None;
                }
                format!("{answer:?}")
            }
            other => format!("{other:?}"),
        };
        self.promise(|promises| promises.wrong.push(format!("{errand:?}: {wrong}")));
        None
    }

    fn expect_verdict(&self, client: &mut Client, token: &str, expected: &Verdict) {
        let outcome = client.try_validate(&self.company, token);
        let Some(answer) = self.receive(Errand::Validate, 200, outcome) else {
            return;
        };
        let verdict = Verdict::of(&answer.json());
        if verdict != *expected {
            self.promise(|promises| {
                promises
                    .wrong
                    .push(format!("{verdict:?} and not {expected:?}"));
            });
        }
    }

    fn run_errand(&self, errand: Errand, client: &mut Client, dice: &mut Dice) {
        match errand {
            Errand::Validate => self.validate(client, dice),
            Errand::Issue => {
                self.issue(errand, client, self.operator);
            }
            Errand::Login => {
                self.receive(errand, 200, client.try_login("acme"));
            }
            Errand::Revoke => self.revoke(client),
            Errand::Manage => {
                self.manage(client);
            }
        }
    }

    fn validate(&self, client: &mut Client, dice: &mut Dice) {
        let revoked = {
            let promises = self.promises.lock().unwrap();
            let count = u64::try_from(promises.revoked.len()).unwrap();
            (count > 0)
                .then(|| promises.revoked[usize::try_from(dice.within(0..count)).unwrap()].clone())
        };
        self.expect_verdict(client, &self.live, &Verdict::Valid);
        self.expect_verdict(client, "no.such.token", &Verdict::invalid());
        if let Some(token) = revoked {
            self.expect_verdict(client, &token, &Verdict::revoked());
        }
    }

    fn issue(&self, errand: Errand, client: &mut Client, operator: i64) -> Option<String> {
        let outcome = client.try_issue(&self.company, operator);
        let token = self.receive(errand, 200, outcome)?.string();
        self.promise(|promises| promises.issued.push(token.clone()));
        Some(token)
    }

    fn revoke(&self, client: &mut Client) {
        let Some(token) = self.issue(Errand::Revoke, client, self.operator) else {
            return;
        };
        let outcome = client.try_revoke(&self.company, &token);
        if self.receive(Errand::Revoke, 204, outcome).is_some() {
            self.expect_verdict(client, &token, &Verdict::revoked());
            self.promise(|promises| promises.revoked.push(token));
        } else {
            self.promise(|promises| promises.doubtful.push(token));
        }
    }

    /// Adds an operator, reads it, and deactivates it, which revokes the token that was issued to
    /// it meanwhile.
    fn manage(&self, client: &mut Client) -> Option<()> {
        let errand = Errand::Manage;
        let path = "/api/company/operators";
        let name = json!({"name": "Bob"}).to_string();
        let outcome = client.call("POST", path, &self.company, &name);
        let operator = self.receive(errand, 201, outcome)?.json()["id"]
            .as_i64()
            .unwrap();
        self.promise(|promises| promises.added.push(operator));
        let own = format!("{path}/{operator}");
        self.receive(errand, 200, client.call("GET", &own, &self.company, ""))?;
        let token = self.issue(errand, client, operator)?;
        let change = json!({"status": "inactive"}).to_string();
        let outcome = client.call("PATCH", &own, &self.company, &change);
        if self.receive(errand, 200, outcome).is_some() {
            self.expect_verdict(client, &token, &Verdict::revoked());
            self.promise(|promises| promises.revoked.push(token));
        } else {
            self.promise(|promises| promises.doubtful.push(token));
        }
        Some(())
    }
}

/// Returns whether the answer is 503 with the seconds to wait.
pub(crate) fn is_unavailable(answer: &Answer) -> bool {
    let seconds = answer.header("retry-after").map(str::parse::<u64>);
    answer.status == 503
        && matches!(seconds, Some(Ok(1..)))
        && answer.json()["error"] == "temporarily_unavailable"
}

fn is_stale(answer: &Answer) -> bool {
    answer.json()["error_description"]
        .as_str()
        .is_some_and(|text| text.starts_with("stale: "))
}
