//! The upgrade drill: a database that an earlier release wrote (`tests/upgrade/NNNN`), with many rows in its ledger, is upgraded by
//! this program while a follower and clients keep asking. Tokens that were valid stay valid, revoked ones stay revoked, the
//! follower misses nothing, and no client receives a wrong answer. The time of each migration is printed.
//!
//! `LANYARD_UPGRADE_ROWS` sets the number of rows; `.ci/upgrade` runs the drill with a million.

mod clients;
mod migrations;
mod release;

use std::collections::BTreeSet;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use lanyard::access::Preset;
use lanyard::app::{App, StartError};
use lanyard::base::Clock;
use lanyard::base::clock::{self, ManualClock};
use serde_json::{Value, json};

use crate::support::events::Event;
use crate::support::http::{PATIENCE, request};
use crate::support::{Answer, Events, Server};
use clients::Clients;
use release::{Kind, Released, State, says};

/// Rows of the ledger in a plain `cargo test`.
const ROWS: u64 = 100_000;

fn rows() -> u64 {
    const NAME: &str = "LANYARD_UPGRADE_ROWS";
    let text = std::env::var(NAME).ok();
    text.map_or(ROWS, |text| {
        text.parse()
            .unwrap_or_else(|_| panic!("{NAME} is a number of rows"))
    })
}

/// Returns how long ago `begun` was.
fn since(begun: Duration) -> Duration {
    clock::boot_time().saturating_sub(begun)
}

/// A loopback port that was free a moment ago.
fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    listener.local_addr().unwrap().port()
}

/// Follows the list of revocations from `last` on, once something listens, until nobody receives the events any more.
fn follow(port: u16, state: &State, received: &mpsc::Sender<Event>) {
    let ask = request("GET", "/api/company/revocations", &state.company, "").replacen(
        "\r\n",
        &format!(
            "\r\nAccept: text/event-stream\r\nLast-Event-ID: {}\r\n",
            state.last
        ),
        1,
    );
    clients::until_open(port);
    let mut events = Events::open(([127, 0, 0, 1], port).into(), ask.as_bytes());
    while let Some(event) = events.next() {
        if received.send(event).is_err() {
            break;
        }
    }
}

/// Says for each migration that is missing how long it takes on a copy of the database; their names.
fn rehearse(released: &Released) -> Vec<String> {
    let copy = released.copy();
    let begun = clock::boot_time();
    let applied = migrations::apply(&copy.url(), |name, took| {
        eprintln!("  {name}: {took:.3?}");
    });
    eprintln!("  all {} on a copy: {:.3?}", applied.len(), since(begun));
    applied
}

/// Without `database.migrate` the program does not start, and names what is missing.
fn a_start_that_may_not_migrate_names(missing: &[String], released: &Released) {
    let config = Server::configure(&released.database.url(), &["database.migrate=false"]);
    assert_eq!(lanyard::db::pending(&config.database.url).unwrap(), missing);
    if missing.is_empty() {
        return;
    }
    let clock = Clock::Manual(ManualClock::at(released.state.at));
    match App::start(&config, clock) {
        Err(why @ StartError::Pending(_)) => {
            let shown = why.to_string();
            for name in missing {
                assert!(shown.contains(name), "{name}: {shown}");
            }
        }
        other => panic!("{:?}", other.err()),
    }
}

fn revoke(server: &Server, company: &str, token: &str) -> Answer {
    let revoke = server.post("/api/operator/revoke-token").bearer(company);
    revoke.json(&json!({"token": token})).send()
}

/// Reads what the follower receives, up to the revocation with this sequence.
fn received(events: &mpsc::Receiver<Event>, until: i64) -> Vec<Value> {
    let mut received = Vec::new();
    let end = clock::boot_time() + PATIENCE;
    loop {
        match events.recv_timeout(end.saturating_sub(clock::boot_time())) {
            Ok(event) if event.name == "revocation" => {
                received.push(event.data);
                if event.id == until {
                    return received;
                }
            }
            Ok(_) => {}
            Err(RecvTimeoutError::Timeout) => panic!("the follower misses {until}: {received:?}"),
            Err(RecvTimeoutError::Disconnected) => panic!("the follower ended: {received:?}"),
        }
    }
}

fn drill(released: &Released) {
    let (from, kind, rows) = (&released.name, released.kind, rows());
    eprintln!("upgrade of {kind:?} from {from}, {rows} rows in the ledger");
    released.fill(rows);
    let missing = rehearse(released);
    assert_eq!(
        [released.applied(), missing.clone()].concat(),
        migrations::all(kind),
        "the drill runs every migration there is"
    );
    a_start_that_may_not_migrate_names(&missing, released);

    let state = &released.state;
    // The second node lives in the machine's time, as the guide's clients do.
    let (port, second_port) = (free_port(), free_port());
    let (sender, receiver) = mpsc::channel();
    thread::scope(|scope| {
        let clients = Clients::start(scope, port, second_port, state);
        let follower = scope.spawn(move || follow(port, state, &sender));
        let begun = clock::boot_time();
        let settings = [
            "database.migrate=true",
            "tokens.algorithm=EdDSA",
            "feed.heartbeat=100ms",
            "login.throttle=false",
        ];
        let listen = format!("http.listen=127.0.0.1:{port}");
        let server = Server::start_at_time(
            &released.database,
            &[&settings[..], &[&listen]].concat(),
            state.at,
        );
        eprintln!("  from the start to readiness: {:.3?}", since(begun));
        assert_eq!(released.applied(), migrations::all(kind));
        let listen = format!("http.listen=127.0.0.1:{second_port}");
        let second = server.in_real_time(&[&settings[..], &[&listen]].concat());

        for token in &state.tokens {
            assert_eq!(
                says(&server, &state.company, token),
                token.says,
                "{token:?}"
            );
        }
        let path = "/api/company/revocations?limit=1000";
        let list = || server.get(path).bearer(&state.company).send().items();
        assert_eq!(list(), state.revocations, "the list is as it was");

        let of_preset = |items: Vec<Value>| {
            let shown = items.into_iter().map(|item| {
                let text = |member: &str| item[member].as_str().unwrap().to_owned();
                (text("name"), text("description"))
            });
            shown.collect::<BTreeSet<_>>()
        };
        let defined = |path: &str| server.get(path).bearer(&state.company).send().items();
        let scopes = Preset::All.scopes().into_iter();
        let scopes = scopes.map(|(name, what)| (name.to_owned(), what.to_owned()));
        assert_eq!(of_preset(defined("/api/v1/scopes")), scopes.collect());
        let roles = of_preset(defined("/api/v1/roles"));
        for (name, role) in Preset::All.roles() {
            let role = (name.to_owned(), role.description.unwrap());
            assert!(roles.contains(&role), "{roles:?}");
        }

        clients.work_for_a_while();
        let fresh = server
            .post("/api/operator/get-token")
            .bearer(&state.company)
            .json(&json!({"id": state.operator}))
            .send()
            .string();
        let revoked = revoke(&server, &state.company, &fresh);
        let revoked = revoked.with_status(204).header("revocation-sequence");
        let sequence = revoked.unwrap().parse().unwrap();
        let known = state.revocations.iter();
        let known = known.filter(|row| row["seq"].as_i64().unwrap() <= state.last);
        let everything = [known.cloned().collect(), received(&receiver, sequence)].concat();
        assert_eq!(everything, list(), "the follower missed nothing");
        clients.end();
        drop(receiver);
        follower.join().unwrap();
        drop(second);
        drop(server);
    });
}

#[test]
fn every_release_on_sqlite() {
    for released in Released::all(Kind::Sqlite) {
        drill(&released);
    }
}

#[test]
fn every_release_on_postgres() {
    for released in Released::all(Kind::Postgres) {
        drill(&released);
    }
}
