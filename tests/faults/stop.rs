//! SIGTERM under load: calls that were accepted are answered, later calls are refused before
//! anything is done, and the program exits by itself with status 0.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use crate::call::Verdict;
use crate::database::{Database, on_both};
use crate::events::Events;
use crate::http::{Connection, Outcome, request};
use crate::ledger;
use crate::service::Installation;
use crate::wait;

const CLIENTS: usize = 16;

on_both!(
    nobody_is_cut_off,
    what_is_under_way_is_finished,
    who_follows_is_not_waited_for
);

fn nobody_is_cut_off(database: &Database) {
    let installation = Installation::new(&database.url(), &[]);
    let mut service = installation.serve();
    let operator = installation.populate("acme");
    let company = service.client().login("acme");
    let tokens = Mutex::new(Vec::new());
    let answered = AtomicU64::new(0);

    thread::scope(|scope| {
        for _ in 0..CLIENTS {
            scope.spawn(|| {
                let mut client = service.client();
                loop {
                    let token = match client.try_issue(&company, operator) {
                        Outcome::Answered(answer) => answer.string(),
                        Outcome::Nothing(_) => return,
                        torn @ Outcome::Torn(_) => panic!("{torn:?}"),
                    };
                    tokens.lock().unwrap().push(token.clone());
                    match client.try_validate(&company, &token) {
                        Outcome::Answered(answer) => {
                            assert_eq!(Verdict::of(&answer.json()), Verdict::Valid);
                        }
                        Outcome::Nothing(_) => return,
                        torn @ Outcome::Torn(_) => panic!("{torn:?}"),
                    }
                    answered.fetch_add(1, Ordering::AcqRel);
                }
            });
        }
        wait::until("everyone is busy", || {
            answered.load(Ordering::Acquire) > 500
        });
        service.terminate();
    });
    assert!(service.wait().success());

    service = installation.serve();
    let tokens = tokens.into_inner().unwrap();
    let mut client = service.client();
    ledger::holds_all(&mut client, &company, &tokens);
    let lines = client.list(&company, "/api/company/tokens");
    let written = lines.iter().filter(|line| line["kind"] == "operator");
    assert_eq!(
        written.count(),
        tokens.len(),
        "tokens in the ledger and tokens that were returned"
    );
}

fn what_is_under_way_is_finished(database: &Database) {
    // The lock must be released before its callers are refused: there is no drain.
    let installation = Installation::new(&database.url(), &[("HTTP_DRAIN_TIMEOUT", "0s")]);
    let mut service = installation.serve();
    let operator = installation.populate("acme");
    let company = service.client().login("acme");
    // The first batch of the ledger.
    let token = service.client().issue(&company, operator);
    let idle = Connection::open(service.address).unwrap();

    let hand = database.hold();
    let (issued, revoked) = thread::scope(|scope| {
        let issuing = scope.spawn(|| service.client().try_issue(&company, operator).answer());
        let revoking = scope.spawn(|| service.client().try_revoke(&company, &token).answer());
        wait::until("both are under way", || {
            service.metric("lanyard_ledger_batch_lines_count") >= 2
                && service.metric("lanyard_database_callers") >= 1
        });
        service.terminate();
        wait::until("nobody is let in any more", || {
            Connection::open(service.address).is_err()
        });
        drop(hand);
        (issuing.join().unwrap(), revoking.join().unwrap())
    });
    let issued = issued.string();
    assert_eq!(revoked.status, 204);
    assert!(service.wait().success());
    drop(idle);

    service = installation.serve();
    let mut client = service.client();
    ledger::holds_all(&mut client, &company, &[issued]);
    assert_eq!(client.validate(&company, &token), Verdict::revoked());
}

/// A stream of revocations does not end by itself.
fn who_follows_is_not_waited_for(database: &Database) {
    let installation = Installation::new(&database.url(), &[("HTTP_SHUTDOWN_TIMEOUT", "1h")]);
    let mut service = installation.serve();
    installation.populate("acme");
    let company = service.client().login("acme");
    let mut streams: Vec<_> = (0..3)
        .map(|_| {
            let path = "/api/company/revocations";
            let ask = request("GET", path, &company, "").replacen(
                "\r\n",
                "\r\nAccept: text/event-stream\r\n",
                1,
            );
            let mut events = Events::open(service.address, ask.as_bytes());
            events.until_head();
            events
        })
        .collect();
    service.terminate();
    assert!(service.wait().success());
    for events in &mut streams {
        events.until_end();
    }
}
