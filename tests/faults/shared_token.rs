//! Twenty processes share one stored refresh token, as the copies of a command-line program do
//! (`refreshRetry = until-used`): none of them loses the sign-in, and there is never a second line of
//! successors. They refresh without a lock. They lock the file only to replace the token that they
//! presented: otherwise a process that was suspended could put back a token that has long been used.
//!
//! `LANYARD_SHARED_TOKEN_SECONDS` is how long they race; 30 seconds by default.

use std::collections::HashMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, RwLock};
use std::thread::{scope, sleep};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::crowd::is_unavailable;
use crate::database::Database;
use crate::dice::Dice;
use crate::http::{Client, Outcome};
use crate::oauth::{App, ISSUER, Tokens, set_credentials};
use crate::service::{Installation, Service};

const PROCESSES: usize = 20;

/// How long the processes race.
const RACE: &str = "LANYARD_SHARED_TOKEN_SECONDS";

/// `refreshGraceSeconds`: longer than a process takes from reading the file to sending what it read.
const GRACE: Duration = Duration::from_secs(5);

/// How long all of them run before all of them are idle for longer than the grace.
const BUSY: Duration = Duration::from_secs(6);

/// The file in which the processes keep the refresh token.
struct Store(PathBuf);

impl Store {
    fn read(&self) -> String {
        fs::read_to_string(&self.0).unwrap()
    }

    fn write(&self, token: &str, draft: &Path) {
        // The file is renamed into place: a reader finds the old token or the new one.
        fs::write(draft, token).unwrap();
        fs::rename(draft, &self.0).unwrap();
    }

    /// Replaces a token by its successor, unless another process did so.
    fn replace(&self, presented: &str, successor: &str, process: usize) {
        let lock = File::create(self.0.with_extension("lock")).unwrap();
        lock.lock().unwrap();
        if self.read() == presented {
            self.write(successor, &self.0.with_extension(process.to_string()));
        }
    }
}

/// What the processes were answered.
#[derive(Default)]
struct Answers {
    successors: HashMap<String, String>,
    wrong: Vec<String>,
}

impl Answers {
    fn note(&mut self, presented: String, successor: &str) {
        let known = self
            .successors
            .entry(presented)
            .or_insert_with(|| successor.to_owned());
        if known != successor {
            self.wrong.push("a token has two successors".to_owned());
        }
    }

    /// Returns how many tokens follow from the first one, each from the one before it.
    fn line(&self, first: &str) -> usize {
        let mut last = first;
        let mut length = 0;
        while let Some(next) = self.successors.get(last) {
            last = next;
            length += 1;
        }
        length
    }
}

struct Race<'a> {
    nodes: &'a [Service],
    app: App,
    store: Store,
    answers: Mutex<Answers>,
    refreshes: AtomicU64,
    unavailable: AtomicU64,
    over: AtomicBool,
    /// A process holds this for reading while it does anything.
    gate: RwLock<()>,
}

impl Race<'_> {
    fn wrong(&self, what: String) {
        self.answers.lock().unwrap().wrong.push(what);
        self.over.store(true, Ordering::Release);
    }

    /// Presents the stored token. Returns what was presented and the answer; `None` if the node is
    /// busy.
    fn refresh(&self, client: &mut Client) -> Option<(String, Tokens)> {
        let presented = self.store.read();
        match self.app.refresh(client, &presented) {
            Outcome::Answered(answer) if answer.status == 200 => {
                let tokens = Tokens::of(&answer);
                let mut answers = self.answers.lock().unwrap();
                answers.note(presented.clone(), &tokens.refresh);
                self.refreshes.fetch_add(1, Ordering::Relaxed);
                Some((presented, tokens))
            }
            Outcome::Answered(answer) if is_unavailable(&answer) => {
                self.unavailable.fetch_add(1, Ordering::Relaxed);
                None
            }
            other => {
                let answers = self.answers.lock().unwrap();
                let next = answers.successors.get(&presented);
                let used = next.is_some_and(|next| answers.successors.contains_key(next));
                drop(answers);
                self.wrong(format!(
                    "the sign-in is lost: {other:?}; successor used: {used}"
                ));
                None
            }
        }
    }

    fn run_process(&self, number: usize, mut dice: Dice) {
        let mut clients: Vec<_> = self.nodes.iter().map(Service::client).collect();
        let nodes = u64::try_from(clients.len()).unwrap();
        while !self.over.load(Ordering::Acquire) {
            sleep(Duration::from_millis(dice.within(0..300)));
            let _here = self.gate.read().unwrap();
            let client = &mut clients[usize::try_from(dice.within(0..nodes)).unwrap()];
            let Some((presented, tokens)) = self.refresh(client) else {
                continue;
            };
            // Some processes end before they have stored the answer.
            if dice.within(0..8) > 0 {
                self.store.replace(&presented, &tokens.refresh, number);
            }
            if dice.within(0..4) == 0 && !self.app.is_active(client, &tokens.access) {
                self.wrong("a new access token is not active".to_owned());
            }
        }
    }

    /// While nothing else happens: a process ends before it has stored the answer, and for longer
    /// than the grace nobody refreshes.
    fn lose_an_answer(&self) {
        let _all = self.gate.write().unwrap();
        self.refresh(&mut self.nodes[0].client());
        sleep(GRACE + Duration::from_millis(500));
    }

    fn run(&self, length: Duration, dice: &Dice) {
        let begun = Instant::now();
        let goes_on = || begun.elapsed() < length && !self.over.load(Ordering::Acquire);
        scope(|scope| {
            for number in 0..PROCESSES {
                let dice = dice.fork(number);
                scope.spawn(move || self.run_process(number, dice));
            }
            while goes_on() {
                let turn = Instant::now();
                while goes_on() && turn.elapsed() < BUSY {
                    sleep(Duration::from_millis(50));
                }
                if goes_on() {
                    self.lose_an_answer();
                }
            }
            self.over.store(true, Ordering::Release);
        });
    }
}

fn length() -> Duration {
    let seconds = std::env::var(RACE).map_or(30, |text| {
        text.parse()
            .unwrap_or_else(|_| panic!("{RACE} is a number of seconds"))
    });
    Duration::from_secs(seconds)
}

#[test]
fn no_sign_in_is_lost_and_no_token_has_two_successors() {
    let Some(database) = Database::postgres() else {
        return;
    };
    let installations = [(); 2].map(|()| Installation::new(&database.url(), &[ISSUER]));
    let nodes = installations.each_ref().map(Installation::serve);
    let operator = installations[0].populate("acme");
    let mut client = nodes[0].client();
    let company = client.login("acme");
    set_credentials(&mut client, &company, operator, "lan");
    let members = json!({"refreshRetry": "until-used", "refreshGraceSeconds": GRACE.as_secs()});
    let app = App::register(&mut client, &company, &members);
    let first = app.sign_in(&mut client, "lan").refresh;

    let folder = tempfile::tempdir().unwrap();
    let store = Store(folder.path().join("token"));
    store.write(&first, &folder.path().join("draft"));
    let race = Race {
        nodes: &nodes,
        app,
        store,
        answers: Mutex::default(),
        refreshes: AtomicU64::new(0),
        unavailable: AtomicU64::new(0),
        over: AtomicBool::new(false),
        gate: RwLock::new(()),
    };
    race.run(length(), &Dice::roll("shared token"));

    let answers = race.answers.lock().unwrap();
    let counters = [&race.refreshes, &race.unavailable];
    let [refreshes, busy] = counters.map(|counter| counter.load(Ordering::Relaxed));
    eprintln!(
        "{refreshes} refreshes of {} tokens, {busy} answers 503",
        answers.successors.len()
    );
    assert!(answers.wrong.is_empty(), "{:#?}", answers.wrong);
    assert_eq!(answers.line(&first), answers.successors.len());
    assert!(answers.successors.len() >= 20 && refreshes >= 200);
    let last = race.store.read();
    let tokens = Tokens::of(&race.app.refresh(&mut nodes[0].client(), &last).answer());
    assert!(race.app.is_active(&mut nodes[1].client(), &tokens.access));
}
