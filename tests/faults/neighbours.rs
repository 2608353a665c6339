//! One organization sends as many requests as it can, and others measure the effect: none of their
//! requests is refused.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::call::Verdict;
use crate::crowd::is_unavailable;
use crate::database::{Database, on_both};
use crate::http::{Answer, Client};
use crate::service::{Installation, Service};

on_both!(synchronizing_all_the_time, forged_lists_all_the_time);

/// Sets the flag when it is dropped, so that no thread continues after a test has failed.
struct Bell<'a>(&'a AtomicBool);

impl Drop for Bell<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

/// Returns a list of 1,000 operators whose names differ in every round.
fn operators(round: usize) -> String {
    let row = |number: usize| json!({"externalId": format!("user-{number}"), "name": format!("User {number} of {round}")});
    Value::from((0..1_000).map(row).collect::<Vec<_>>()).to_string()
}

/// Synchronizes a list. Panics if the answer is neither success nor a refusal that allows a retry.
fn synchronize(client: &mut Client, company: &str, list: &str) -> Answer {
    let answer = client
        .call("POST", "/api/operator/synchronize", company, list)
        .answer();
    assert!(
        answer.status == 200 || is_unavailable(&answer),
        "{answer:?}"
    );
    answer
}

/// Makes every kind of call that another organization makes. Panics if one is refused.
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
    const LIVES: usize = 8;
    // An unoptimized build on a busy machine is slow at a thousand records. The queue of the flood
    // itself would take longer than either.
    let slow = [("DATABASE_ACQUIRE_TIMEOUT", "10s"), ("FEED_LEASE", "15s")];
    let installation = Installation::new(&database.url(), &slow);
    let service = installation.serve();
    let operator = installation.populate("acme");
    installation.populate("flood");
    let company = service.client().login("acme");
    let flood = service.client().login("flood");

    let lists: Vec<_> = (0..4).map(operators).collect();
    let (over, rounds) = (AtomicBool::new(false), AtomicUsize::new(0));
    let (done, refused) = (AtomicUsize::new(0), AtomicUsize::new(0));
    thread::scope(|scope| {
        let _bell = Bell(&over);
        for _ in 0..CLIENTS {
            scope.spawn(|| {
                let mut client = service.client();
                while !over.load(Ordering::Acquire) {
                    let round = rounds.fetch_add(1, Ordering::AcqRel);
                    let answer = synchronize(&mut client, &flood, &lists[round % lists.len()]);
                    if answer.status == 200 {
                        done.fetch_add(1, Ordering::AcqRel);
                    } else {
                        refused.fetch_add(1, Ordering::AcqRel);
                        // The answer requests a retry after a second. The client retries sooner,
                        // but this test is not about using all of the machine.
                        thread::sleep(Duration::from_millis(20));
                    }
                }
            });
        }
        let mut lives = 0;
        while lives < LIVES || done.load(Ordering::Acquire) < 3 {
            assert!(lives < 300 * LIVES, "the flood made no progress");
            live_on(&service, operator, &company);
            lives += 1;
        }
    });
    assert!(
        refused.into_inner() > 0,
        "nothing was refused, so it was not a flood"
    );
    assert!(!service.has_said("the lease is over"));
}

/// Returns a token with the header and claims of another one, and a signature that no key made.
fn forged(token: &str, number: usize) -> String {
    let (message, signature) = token.rsplit_once('.').unwrap();
    // The last characters contain bits that base64 ignores.
    let digits: String = format!("{number:04}");
    format!("{message}.{digits}{}", &signature[4..])
}

fn try_validate_all(client: &mut Client, company: &str, tokens: &[String]) -> Answer {
    let body = json!({"tokens": tokens}).to_string();
    client
        .call("POST", "/api/operator/validate-tokens", company, &body)
        .answer()
}

/// The one thread that answers requests continues to answer while lists of forged tokens are
/// checked, whichever organizations send however many; and every list that is answered is answered
/// correctly.
fn forged_lists_all_the_time(database: &Database) {
    const CLIENTS: usize = 12;
    const LISTS: usize = 3;
    let installation = Installation::new(
        &database.url(),
        &[("HTTP_WORKERS", "1"), ("TOKENS_ALGORITHM", "ES256")],
    );
    let service = installation.serve();
    let operator = installation.populate("acme");
    let other = installation.populate("flood");
    let company = service.client().login("acme");
    let flood = service.client().login("flood");
    let token = service.client().issue(&company, operator);
    let own = service.client().issue(&flood, other);
    let list: Vec<_> = (0..1_000)
        .map(|number| {
            if number % 500 == 499 {
                own.clone()
            } else {
                forged(&own, number)
            }
        })
        .collect();
    let expected: Vec<_> = (0..1_000)
        .map(|number| {
            if number % 500 == 499 {
                Verdict::Valid
            } else {
                Verdict::invalid()
            }
        })
        .collect();

    let (lists, refused) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let mut others = 0;
    thread::scope(|scope| {
        for _ in 0..CLIENTS {
            scope.spawn(|| {
                let mut client = service.client();
                while lists.load(Ordering::Acquire) < LISTS {
                    let answer = try_validate_all(&mut client, &flood, &list);
                    if answer.status == 200 {
                        let verdicts = answer.json();
                        let verdicts = verdicts.as_array().unwrap().iter().map(Verdict::of);
                        assert!(verdicts.eq(expected.iter().cloned()));
                        lists.fetch_add(1, Ordering::AcqRel);
                    } else {
                        assert_eq!(answer.status, 429, "{answer:?}");
                        assert_eq!(answer.header("retry-after"), Some("1"));
                        refused.fetch_add(1, Ordering::AcqRel);
                        thread::sleep(Duration::from_millis(20));
                    }
                }
            });
        }
        let mut client = service.client();
        while lists.load(Ordering::Acquire) < LISTS {
            assert_eq!(client.validate(&company, &token), Verdict::Valid);
            let alone = try_validate_all(&mut client, &company, &vec![token.clone(); 3]);
            assert_eq!(alone.status, 200, "{alone:?}");
            others += 1;
        }
    });
    // A list takes as long as hundreds of these calls.
    assert!(others > 10 * LISTS, "{others}");
    assert!(
        refused.into_inner() > 0,
        "nothing was refused, so it was not a flood"
    );
}
