//! What one organization does as fast as it can, and what the others feel of it: nothing is refused to them.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::call::Verdict;
use crate::crowd::is_unavailable;
use crate::database::{Database, on_both};
use crate::http::{Answer, Client};
use crate::service::{Installation, Service};

on_both!(synchronizing_all_the_time);

/// Rings when dropped, so that nobody goes on when a test fails.
struct Bell<'a>(&'a AtomicBool);

impl Drop for Bell<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

/// A list of 1,000 operators whose names are new with every round.
fn operators(round: usize) -> String {
    let row = |number: usize| {
        json!({"externalId": format!("user-{number}"), "name": format!("User {number} of {round}")})
    };
    Value::from((0..1_000).map(row).collect::<Vec<_>>()).to_string()
}

/// Synchronizes a list; an answer that is neither done nor "come again" is a failure.
fn synchronize(client: &mut Client, company: &str, round: usize) -> Answer {
    let answer = client
        .call(
            "POST",
            "/api/operator/synchronize",
            company,
            &operators(round),
        )
        .answer();
    assert!(
        answer.status == 200 || is_unavailable(&answer),
        "{answer:?}"
    );
    answer
}

/// Does everything a neighbour does; none of it may be refused.
fn live_on(service: &Service, operator: i64, company: &str) {
    let mut client = service.client();
    let token = client.issue(company, operator);
    assert_eq!(client.validate(company, &token), Verdict::Valid);
    let revoked = client.try_revoke(company, &token).answer();
    assert_eq!(revoked.status, 204, "{revoked:?}");
    assert_eq!(client.validate(company, &token), Verdict::revoked());
    let added = client
        .call(
            "POST",
            "/api/company/operators",
            company,
            r#"{"name":"Bob"}"#,
        )
        .answer();
    assert_eq!(added.status, 201, "{added:?}");
}

fn synchronizing_all_the_time(database: &Database) {
    const CLIENTS: usize = 32;
    const LIVES: usize = 12;
    let installation = Installation::new(&database.url(), &[]);
    let service = installation.serve();
    let operator = installation.populate("acme");
    installation.populate("flood");
    let company = service.client().login("acme");
    let flood = service.client().login("flood");

    let (over, rounds) = (AtomicBool::new(false), AtomicUsize::new(0));
    let (done, refused) = (AtomicUsize::new(0), AtomicUsize::new(0));
    thread::scope(|scope| {
        let _bell = Bell(&over);
        for _ in 0..CLIENTS {
            scope.spawn(|| {
                let mut client = service.client();
                while !over.load(Ordering::Acquire) {
                    let round = rounds.fetch_add(1, Ordering::AcqRel);
                    let answer = synchronize(&mut client, &flood, round);
                    if answer.status == 200 {
                        done.fetch_add(1, Ordering::AcqRel);
                    } else {
                        refused.fetch_add(1, Ordering::AcqRel);
                        // It is told to come again in a second. All of the machine is not what this is about.
                        thread::sleep(Duration::from_millis(20));
                    }
                }
            });
        }
        let mut lives = 0;
        while lives < LIVES || done.load(Ordering::Acquire) < 4 {
            assert!(lives < 100 * LIVES, "the flood itself gets nowhere");
            live_on(&service, operator, &company);
            lives += 1;
        }
    });
    assert!(refused.into_inner() > 0, "it was no flood");
    assert!(!service.has_said("the lease is over"));
}
