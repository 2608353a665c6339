//! A thousand refreshes of one token at once, and `kill -9` of a node among them: every caller that
//! is answered, before the kill or after it, receives the same successor, and that successor works.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Barrier, Mutex};
use std::thread;
use std::time::Duration;

use serde_json::json;

use crate::crowd::is_unavailable;
use crate::database::{Database, on_both};
use crate::dice::Dice;
use crate::http::{Client, Connection, Outcome};
use crate::oauth::{App, ISSUER, Tokens, set_credentials};
use crate::service::{Installation, Service};
use crate::wait;

const REFRESHES: usize = 1_000;

/// The number of connections of one thread.
const OF_A_THREAD: usize = 20;

on_both!(a_token_has_one_successor_although_a_node_is_killed);

/// The requests under way.
struct Burst {
    request: String,
    /// Where the nodes listen. Each request is sent to its node, node by node in turn.
    nodes: Mutex<Vec<SocketAddr>>,
    answered: AtomicUsize,
    lost: AtomicUsize,
    successors: Mutex<BTreeSet<String>>,
}

impl Burst {
    /// Records an outcome. Returns whether it was an answer with tokens.
    fn record(&self, outcome: Outcome) -> bool {
        match outcome {
            Outcome::Answered(answer) if answer.status == 200 => {
                let successor = Tokens::of(&answer).refresh;
                self.successors.lock().unwrap().insert(successor);
                self.answered.fetch_add(1, Ordering::AcqRel);
                true
            }
            Outcome::Answered(answer) => {
                assert!(is_unavailable(&answer), "{answer:?}");
                false
            }
            Outcome::Nothing(_) | Outcome::Torn(_) => {
                self.lost.fetch_add(1, Ordering::AcqRel);
                false
            }
        }
    }

    /// Sends the requests of one thread at once, over connections of their own, and then again those
    /// that were not answered with tokens, until all were.
    fn run(&self, all_connected: &Barrier) {
        let nodes = nodes_of(&self.nodes);
        let mut connections: Vec<_> = (0..OF_A_THREAD)
            .map(|number| Connection::open(nodes[number % nodes.len()]).unwrap())
            .collect();
        all_connected.wait();
        let sent: Vec<_> = connections
            .iter_mut()
            .map(|connection| connection.send(self.request.as_bytes()))
            .collect();
        let mut open = Vec::new();
        for (number, (mut connection, sent)) in connections.into_iter().zip(sent).enumerate() {
            let outcome = match sent {
                Ok(()) => connection.receive(),
                Err(why) => Outcome::Nothing(why),
            };
            if !self.record(outcome) {
                open.push(number);
            }
        }
        while !open.is_empty() {
            open.retain(|number| {
                let address = nodes_of(&self.nodes)[number % nodes.len()];
                !self.record(Client::new(address).send(&self.request))
            });
            thread::sleep(Duration::from_millis(20));
        }
    }
}

/// Returns where the nodes listen now.
fn nodes_of(nodes: &Mutex<Vec<SocketAddr>>) -> Vec<SocketAddr> {
    nodes.lock().unwrap().clone()
}

/// Returns the installations: two nodes on PostgreSQL, and one on SQLite.
fn installations(database: &Database) -> Vec<Installation> {
    let count = match database {
        Database::Sqlite(_) => 1,
        Database::Postgres(_) => 2,
    };
    (0..count)
        .map(|_| Installation::new(&database.url(), &[ISSUER]))
        .collect()
}

fn a_token_has_one_successor_although_a_node_is_killed(database: &Database) {
    let installations = installations(database);
    let mut nodes: Vec<Service> = installations.iter().map(Installation::serve).collect();
    let operator = installations[0].populate("acme");
    let mut client = nodes[0].client();
    let company = client.login("acme");
    set_credentials(&mut client, &company, operator, "lan");
    // However slow this machine is, no call comes after the grace.
    let app = App::register(
        &mut client,
        &company,
        &json!({"refreshGraceSeconds": 3_600}),
    );
    let signed_in = app.sign_in(&mut client, "lan");

    let burst = Burst {
        request: app.refreshing(&signed_in.refresh),
        nodes: Mutex::new(nodes.iter().map(|node| node.address).collect()),
        answered: AtomicUsize::new(0),
        lost: AtomicUsize::new(0),
        successors: Mutex::default(),
    };
    let enough = usize::try_from(Dice::roll("refresh").within(0..20)).unwrap();
    let all_connected = Barrier::new(REFRESHES / OF_A_THREAD + 1);
    thread::scope(|scope| {
        for _ in 0..REFRESHES / OF_A_THREAD {
            scope.spawn(|| burst.run(&all_connected));
        }
        all_connected.wait();
        wait::until("enough were answered", || {
            burst.answered.load(Ordering::Acquire) >= enough
        });
        let killed = nodes.last_mut().unwrap();
        killed.kill();
        *killed = installations.last().unwrap().serve();
        *burst.nodes.lock().unwrap() = nodes.iter().map(|node| node.address).collect();
    });

    assert_eq!(burst.answered.into_inner(), REFRESHES);
    assert!(burst.lost.into_inner() > 0, "the node was killed too late");
    let successors = burst.successors.into_inner().unwrap();
    assert_eq!(successors.len(), 1);
    let successor = successors.first().unwrap();
    for node in &nodes {
        let mut client = node.client();
        let again = Tokens::of(&app.refresh(&mut client, &signed_in.refresh).answer());
        assert_eq!(again.refresh, *successor);
        assert!(app.is_active(&mut client, &again.access));
    }
    let next = nodes
        .iter()
        .map(|node| Tokens::of(&app.refresh(&mut node.client(), successor).answer()));
    let next: Vec<Tokens> = next.collect();
    assert!(next.iter().all(|tokens| tokens.refresh == next[0].refresh));
    assert!(app.is_active(&mut nodes[0].client(), &next[0].access));
}
