//! Clients that ask all the time: those of the guide, and one of our own on a connection that it keeps.

use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread::{Scope, ScopedJoinHandle};
use std::time::Duration;

use lanyard::base::clock;
use serde_json::json;

use super::release::State;
use crate::guide::{Account, LANGUAGES, Language};
use crate::support::http::{Client, Outcome, PATIENCE};

/// Waits until something listens on a port of this machine.
pub(super) fn until_open(port: u16) {
    let end = clock::boot_time() + PATIENCE;
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(clock::boot_time() < end, "nothing listens on {port}");
        clock::pause(Duration::from_millis(5));
    }
}

/// The clients at work.
pub(super) struct Clients<'scope> {
    threads: Vec<ScopedJoinHandle<'scope, ()>>,
    stop: Arc<AtomicBool>,
    /// How many rounds of requests each has made, all answered as they should be.
    rounds: Vec<Arc<AtomicU32>>,
}

impl<'scope> Clients<'scope> {
    /// Starts them before anything listens: a refused connection is no answer, and the only thing that may go wrong.
    pub(super) fn start(
        scope: &'scope Scope<'scope, '_>,
        port: u16,
        second_port: u16,
        state: &'scope State,
    ) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let (mut rounds, mut threads) = (Vec::new(), Vec::new());
        let mut start = |round: Box<dyn Fn() + Send + 'scope>, port: u16| {
            let (stop, done) = (Arc::clone(&stop), Arc::new(AtomicU32::new(0)));
            rounds.push(Arc::clone(&done));
            threads.push(scope.spawn(move || {
                until_open(port);
                while !stop.load(Ordering::Acquire) {
                    round();
                    done.fetch_add(1, Ordering::AcqRel);
                }
            }));
        };
        start(Box::new(move || ask(port, state)), port);
        for language in LANGUAGES.iter().filter(|language| language.there()) {
            start(
                Box::new(move || run(*language, second_port, state)),
                second_port,
            );
        }
        Self {
            threads,
            stop,
            rounds,
        }
    }

    /// Waits until each has made some rounds more.
    pub(super) fn work_for_a_while(&self) {
        let count = |done: &Arc<AtomicU32>| done.load(Ordering::Acquire);
        let before: Vec<_> = self.rounds.iter().map(count).collect();
        let end = clock::boot_time() + PATIENCE;
        while (self.rounds.iter().map(count))
            .zip(&before)
            .any(|(now, before)| now < before + 2)
        {
            assert!(clock::boot_time() < end, "a client is not answered");
            clock::pause(Duration::from_millis(10));
        }
    }

    /// Ends them after the round they are in. Panics if one received a wrong answer.
    pub(super) fn end(mut self) {
        self.stop.store(true, Ordering::Release);
        for thread in self.threads.drain(..) {
            thread.join().unwrap();
        }
    }
}

impl Drop for Clients<'_> {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
    }
}

/// One round: log in, get a token, validate it.
fn ask(port: u16, state: &State) {
    let mut client = Client::new(([127, 0, 0, 1], port).into());
    let mut call = |path: &str, credential: &str, body: serde_json::Value| match client.call(
        "POST",
        path,
        credential,
        &body.to_string(),
    ) {
        Outcome::Answered(answer) => answer,
        nothing => panic!("{path}: {nothing:?}"),
    };
    let login = json!({"login": state.login, "password": state.password});
    let company = call("/api/company/get-token", "", login).string();
    let operator = json!({"id": state.operator});
    let token = call("/api/operator/get-token", &company, operator).string();
    let body = json!({"token": token});
    let verdict = call("/api/operator/validate-token", &company, body);
    let verdict = verdict.json();
    assert_eq!(verdict["isValid"], true, "{verdict}");
    assert_eq!(verdict["operatorId"], state.operator);
}

/// One run of the guide's client.
fn run(language: Language, port: u16, state: &State) {
    let account = Account {
        url: &format!("http://127.0.0.1:{port}"),
        login: &state.login,
        password: &state.password,
        operator: state.operator,
    };
    let output = language.run(&language.script("tests/clients", "chathub"), &account);
    assert!(output.status.success(), "{output:?}");
    let shown = crate::guide::answer(&output);
    assert_eq!(shown["validation"]["isValid"], true, "{shown}");
    assert_eq!(shown["validation"]["operatorId"], state.operator, "{shown}");
}
