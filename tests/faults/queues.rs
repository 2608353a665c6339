//! Queues that are full: a further request is refused with 503 at once, while those that wait are
//! still served.
//!
//! The order shows "at once", not the clock: the refusals arrive while the resource for which they
//! would have waited is still held.

use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use crate::call::{LOGIN, Verdict};
use crate::crowd::is_unavailable;
use crate::database::{Database, on_both};
use crate::http::{Answer, Client};
use crate::service::{Installation, PASSWORD, Service};
use crate::wait;

on_both!(
    a_full_ledger_queue,
    too_many_callers_of_the_database,
    a_full_hashing_queue,
    one_organization_does_not_fill_the_ledger_queue,
    one_organization_does_not_take_all_places
);

/// Beside so many clients a node may not run for long: these tests are not about that.
const STARVED: (&str, &str) = ("FEED_LEASE", "60s");

/// Makes one call on each of `count` clients, all at the same time, while `meanwhile` runs. Returns
/// the answers in the order in which they arrived.
fn all_at_once(
    service: &Service,
    count: usize,
    call: impl Fn(&mut Client) -> Answer + Sync,
    meanwhile: impl FnOnce(&Mutex<Vec<Answer>>),
) -> Vec<Answer> {
    let answers = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..count {
            scope.spawn(|| {
                let answer = call(&mut service.client());
                answers.lock().unwrap().push(answer);
            });
        }
        meanwhile(&answers);
    });
    answers.into_inner().unwrap()
}

fn refused(answers: &[Answer]) -> usize {
    answers
        .iter()
        .filter(|answer| is_unavailable(answer))
        .count()
}

fn with_status(answers: &[Answer], status: u16) -> usize {
    answers
        .iter()
        .filter(|answer| answer.status == status)
        .count()
}

fn a_full_ledger_queue(database: &Database) {
    const CLIENTS: usize = 20;
    /// One line is being written, and one waits.
    const ADMITTED: usize = 2;
    let installation = Installation::new(
        &database.url(),
        &[STARVED, ("LEDGER_QUEUE", "1"), ("LEDGER_BATCH", "1")],
    );
    let service = installation.serve();
    let operator = installation.populate("acme");
    let company = service.client().login("acme");
    let token = service.client().issue(&company, operator);

    let hand = database.hold();
    let issue = |client: &mut Client| client.try_issue(&company, operator).answer();
    let answers = all_at_once(&service, CLIENTS, issue, |answers| {
        wait::until("all but those admitted are refused", || {
            refused(&answers.lock().unwrap()) >= CLIENTS - ADMITTED
        });
        assert_eq!(service.client().validate(&company, &token), Verdict::Valid);
        drop(hand);
    });
    let written = with_status(&answers, 200);
    assert!((1..=ADMITTED).contains(&written), "{answers:#?}");
    assert_eq!(refused(&answers) + written, CLIENTS);
}

fn too_many_callers_of_the_database(database: &Database) {
    const CLIENTS: usize = 60;
    /// For each connection, this many calls may run or wait.
    const ADMITTED: usize = 32;
    let installation = Installation::new(
        &database.url(),
        &[
            STARVED,
            ("DATABASE_POOL_SIZE", "1"),
            ("DATABASE_ACQUIRE_TIMEOUT", "20s"),
        ],
    );
    let service = installation.serve();
    let operator = installation.populate("acme");
    let company = service.client().login("acme");
    let token = service.client().issue(&company, operator);

    let hand = database.hold();
    let add = |client: &mut Client| {
        let outcome = client.call(
            "POST",
            "/api/company/operators",
            &company,
            r#"{"name":"Bob"}"#,
        );
        outcome.answer()
    };
    let answers = all_at_once(&service, CLIENTS, add, |answers| {
        wait::until("all but those admitted are refused", || {
            refused(&answers.lock().unwrap()) >= CLIENTS - ADMITTED
        });
        assert_eq!(service.client().validate(&company, &token), Verdict::Valid);
        drop(hand);
    });
    let added = with_status(&answers, 201);
    assert!((1..=ADMITTED).contains(&added), "{answers:#?}");
    assert_eq!(refused(&answers) + added, CLIENTS);
}

fn a_full_hashing_queue(database: &Database) {
    const CLIENTS: usize = 12;
    /// One password is being hashed, and one waits.
    const ADMITTED: usize = 2;
    let installation = Installation::new(
        &database.url(),
        &[
            STARVED,
            // How soon a busy machine opens connections is not tested either.
            ("DATABASE_ACQUIRE_TIMEOUT", "20s"),
            ("LOGIN_BCRYPT_COST", "12"),
            ("LOGIN_HASH_THREADS", "1"),
            ("LOGIN_HASH_QUEUE", "1"),
        ],
    );
    let service = installation.serve();
    let operator = installation.populate("acme");
    let begun = Instant::now();
    let company = service.client().login("acme");
    let one_login = begun.elapsed();
    let token = service.client().issue(&company, operator);

    let login = |client: &mut Client| {
        let body = format!(r#"{{"login":"acme","password":"{PASSWORD}"}}"#);
        client.call("POST", LOGIN, "", &body).answer()
    };
    let mut validations = Vec::new();
    let answers = all_at_once(&service, CLIENTS, login, |answers| {
        let mut client = service.client();
        while answers.lock().unwrap().len() < CLIENTS {
            let answer = client.try_validate(&company, &token).answer();
            assert_eq!(Verdict::of(&answer.json()), Verdict::Valid);
            validations.push(answer.took);
        }
    });
    let first = answers.iter().position(|answer| answer.status == 200);
    let at_once = refused(&answers[..first.unwrap()]);
    assert!(at_once >= CLIENTS - ADMITTED - 1, "{answers:#?}");
    assert_eq!(refused(&answers) + with_status(&answers, 200), CLIENTS);
    assert!(quickest_half(validations) < one_login / 4, "{one_login:?}");
}

fn one_organization_does_not_fill_the_ledger_queue(database: &Database) {
    // Half of the line that is being written and the eight that wait.
    let settings = [("LEDGER_QUEUE", "8"), ("LEDGER_BATCH", "1")];
    others_are_served(database, &settings, 1 + 4, |client, company, operator| {
        client.try_issue(company, operator).answer()
    });
}

fn one_organization_does_not_take_all_places(database: &Database) {
    // Half of 32.
    let settings = [("DATABASE_POOL_SIZE", "1")];
    others_are_served(database, &settings, 16, |client, company, _| {
        let (path, body) = ("/api/company/operators", r#"{"name":"Bob"}"#);
        client.call("POST", path, company, body).answer()
    });
}

/// One organization makes a call on each of many connections while nothing can be written. Calls
/// beyond `admitted` are refused at once, and the call of another organization is still accepted.
fn others_are_served(
    database: &Database,
    settings: &[(&str, &str)],
    admitted: usize,
    call: impl Fn(&mut Client, &str, i64) -> Answer + Sync,
) {
    const CLIENTS: usize = 60;
    /// Longer than a refusal takes. A later refusal would be noticed by its status.
    const REFUSED_WITHIN: Duration = Duration::from_millis(300);
    let patient = [STARVED, ("DATABASE_ACQUIRE_TIMEOUT", "20s")];
    let installation = Installation::new(&database.url(), &[&patient, settings].concat());
    let service = installation.serve();
    let [acme, other] = ["acme", "other"].map(|login| {
        let operator = installation.populate(login);
        let company = service.client().login(login);
        service.client().issue(&company, operator);
        (company, operator)
    });

    let hand = database.hold();
    let flood = |client: &mut Client| call(client, &acme.0, acme.1);
    let mut answer = None;
    let answers = all_at_once(&service, CLIENTS, flood, |answers| {
        wait::until("all but those admitted are refused", || {
            refused(&answers.lock().unwrap()) >= CLIENTS - admitted
        });
        thread::scope(|scope| {
            let other = scope.spawn(|| call(&mut service.client(), &other.0, other.1));
            wait::comes_true(REFUSED_WITHIN, || other.is_finished());
            drop(hand);
            answer = Some(other.join().unwrap());
        });
    });
    let answer = answer.unwrap();
    assert_eq!(answer.status / 100, 2, "{answer:?}");
    assert!(refused(&answers) >= CLIENTS - admitted);
}

/// Returns the median.
fn quickest_half(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}
