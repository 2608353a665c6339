//! The world of a history: three nodes, a database, organizations, and the records that all clients
//! write.

use std::mem;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard};
use std::thread::sleep;
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use lanyard::base::clock::boot_time;
use serde_json::json;
use tempfile::TempDir;

use crate::clock;
use crate::cluster::Cluster;
use crate::dice::Dice;
use crate::history::{
    Call, History, KeyNumber, Kind, Leave, Look, Revoke, Span, Target, Token, TokenNumber,
    WrongClock,
};
use crate::http::{Answer, Client};
use crate::nodes::Node;
use crate::service::{Installation, PASSWORD};
use crate::wait;

pub(crate) const LOGIN: &str = "/api/company/get-token";
pub(crate) const OPERATORS: &str = "/api/company/operators";

const NODES: usize = 3;
const ORGANIZATIONS: usize = 3;

/// The number of operators in each organization whose tokens any client may revoke.
pub(crate) const OPERATORS_FOR_ALL: usize = 4;

/// The number of clients at each node that have an operator which they deactivate and activate, in
/// the first organization.
pub(crate) const RESIDENTS: usize = 4;

pub(crate) struct World<'a> {
    pub(crate) cluster: &'a Cluster,
    database: String,
    // This field is dropped before the folder of the nodes' logs.
    pub(crate) nodes: Vec<Node>,
    /// For the command line, without a proxy in front of the database.
    pub(crate) outside: Installation,
    pub(crate) lease: Duration,
    pub(crate) clocks_can_be_set: bool,
    pub(crate) organizations: Vec<Organization>,
    /// Set when the clients are to stop.
    pub(crate) over: AtomicBool,
    /// The number of requests whose answers are awaited in the background.
    pub(crate) pending: AtomicUsize,
    history: Mutex<History>,
    _folder: TempDir,
}

/// An organization. The tokens of the first one are never revoked all at once.
pub(crate) struct Organization {
    pub(crate) number: usize,
    pub(crate) id: i64,
    pub(crate) login: String,
    /// After the operators for all clients comes one for each client that deactivates its own, in
    /// the first organization.
    pub(crate) operators: Vec<i64>,
    credential: Mutex<TokenNumber>,
}

impl<'a> World<'a> {
    /// Starts three nodes, and adds organizations with their operators.
    pub(crate) fn new(cluster: &'a Cluster, number: u64) -> Self {
        let mut dice = Dice::of(number);
        let database = format!("world_{number}");
        cluster.create_database(&database, None);
        let url = cluster.url(&database);
        let folder = tempfile::Builder::new()
            .prefix("lanyard-histories-")
            .tempdir()
            .unwrap();
        let lease = Duration::from_millis(500 + 125 * dice.within(0..6));
        let node = |number| Node::new(number, &url, lease, folder.path().to_owned());
        let nodes: Vec<_> = (0..NODES).map(node).collect();
        // The first node migrates the schema.
        for node in &nodes {
            assert!(
                node.start(wait::PATIENCE),
                "node {} does not start",
                node.number
            );
        }
        let mut world = Self {
            cluster,
            database,
            nodes,
            outside: Installation::new(&url, &[]),
            lease,
            clocks_can_be_set: clock::can_be_set(),
            organizations: Vec::new(),
            over: AtomicBool::new(false),
            pending: AtomicUsize::new(0),
            history: Mutex::default(),
            _folder: folder,
        };
        for number in 0..ORGANIZATIONS {
            let more = if number == 0 { NODES * RESIDENTS } else { 0 };
            let organization = world.found(number, OPERATORS_FOR_ALL + more);
            world.organizations.push(organization);
        }
        world
    }

    fn found(&self, number: usize, operators: usize) -> Organization {
        let login = format!("company-{number}");
        let first = self.outside.populate(&login);
        let mut client = Client::new(self.nodes[0].address().unwrap());
        let body = json!({"login": login, "password": PASSWORD}).to_string();
        let text = text_of(&client.call("POST", LOGIN, "", &body).answer()).unwrap();
        let answer = client
            .call("GET", "/api/company/organization", &text, "")
            .answer();
        let id = answer.json()["id"].as_i64().unwrap();
        let mut add = |_| {
            let answer = client
                .call("POST", OPERATORS, &text, r#"{"name":"Ann"}"#)
                .answer();
            assert_eq!(answer.status, 201, "{answer:?}");
            answer.json()["id"].as_i64().unwrap()
        };
        let operators = std::iter::once(first)
            .chain((1..operators).map(&mut add))
            .collect();
        Organization {
            number,
            id,
            login,
            operators,
            credential: Mutex::default(),
        }
    }

    /// Stops the nodes and removes their database.
    pub(crate) fn end(self) {
        drop(self.nodes);
        self.cluster.drop_database(&self.database);
    }

    /// Starts the records of a new history. No client may run. Revocations of the last history that
    /// were given up, and may still be done late, are carried over.
    pub(crate) fn turn_the_page(&self) {
        self.over.store(false, Ordering::Release);
        let mut notes = self.history();
        let old = mem::take(&mut *notes);
        notes.began = boot_time();
        for revoke in old.revokes {
            if revoke.returned || revoke.at.start < old.began {
                continue;
            }
            let target = match revoke.target {
                Target::Operator(_) | Target::Organization(_) => revoke.target,
                Target::Key(key) => Target::Key(notes.key(old.keys[key].clone())),
                // No token that is checked from now on is affected by these.
                Target::Token(_) | Target::CompanyToken(_) => continue,
            };
            notes.revokes.push(Revoke { target, ..revoke });
        }
    }

    /// Returns whether the clients are to stop.
    pub(crate) fn is_over(&self) -> bool {
        self.over.load(Ordering::Acquire)
    }

    fn history(&self) -> MutexGuard<'_, History> {
        self.history.lock().unwrap()
    }

    /// Records a token that was just issued.
    pub(crate) fn add(
        &self,
        text: String,
        kind: Kind,
        organization: usize,
        issued: Span,
        node: usize,
        life: Option<Duration>,
    ) -> TokenNumber {
        let name = key_of(&text);
        let mut history = self.history();
        let key = history.key(name);
        history.tokens.push(Token {
            text,
            key,
            organization,
            kind,
            issued,
            node,
            life,
        });
        history.tokens.len() - 1
    }

    /// Returns the last known key that signed, and its name.
    pub(crate) fn last_key(&self) -> (KeyNumber, String) {
        let history = self.history();
        let key = history.tokens.last().unwrap().key;
        (key, history.keys[key].clone())
    }

    pub(crate) fn revoke(&self, revoke: Revoke) {
        self.history().revokes.push(revoke);
    }

    pub(crate) fn look(&self, look: Look) {
        self.history().looks.push(look);
    }

    pub(crate) fn leave(&self, leave: Leave) {
        self.history().leaves.push(leave);
    }

    pub(crate) fn wrong_clock(&self, wrong: WrongClock) {
        self.history().wrong_clocks.push(wrong);
    }

    pub(crate) fn call(&self, call: Call) {
        self.history().calls.push(call);
    }

    pub(crate) fn odd(&self, what: String) {
        self.history().odd.push(what);
    }

    pub(crate) fn fault(&self, what: String) {
        self.history().faults.push((boot_time(), what));
    }

    pub(crate) fn text(&self, token: TokenNumber) -> String {
        self.history().tokens[token].text.clone()
    }

    pub(crate) fn organization_of(&self, token: TokenNumber) -> &Organization {
        let number = self.history().tokens[token].organization;
        &self.organizations[number]
    }

    /// Returns an operator token that was issued recently.
    pub(crate) fn pick_recent(&self, dice: &mut Dice) -> Option<TokenNumber> {
        const RECENT: usize = 300;
        let history = self.history();
        let from = history.tokens.len().saturating_sub(RECENT);
        let number = from + draw(dice, history.tokens.len() - from)?;
        (history.tokens[number].kind != Kind::Company).then_some(number)
    }

    /// Returns a token that one of the last revocations concerns, whether or not that revocation
    /// has returned.
    pub(crate) fn pick_dead(&self, dice: &mut Dice) -> Option<TokenNumber> {
        const LAST: usize = 12;
        const LOOKED_AT: usize = 500;
        let history = self.history();
        let from = history.revokes.len().saturating_sub(LAST);
        let target = history.revokes[from + draw(dice, history.revokes.len() - from)?].target;
        let tokens = history.tokens.iter().enumerate().rev().take(LOOKED_AT);
        let mut covered = Vec::new();
        for (number, token) in tokens {
            if token.kind != Kind::Company && target.covers(number, token) {
                covered.push(number);
            }
        }
        Some(covered[draw(dice, covered.len())?])
    }

    /// Returns every operator token of an organization.
    pub(crate) fn tokens_of(&self, organization: usize) -> Vec<TokenNumber> {
        let history = self.history();
        let tokens = history.tokens.iter().enumerate();
        tokens
            .filter(|(_, token)| token.organization == organization && token.kind != Kind::Company)
            .map(|(number, _)| number)
            .collect()
    }

    /// Returns the calls that began within a span and have ended.
    pub(crate) fn calls(&self, during: Span) -> Vec<Call> {
        let history = self.history();
        let calls = history.calls.iter().rev();
        calls
            .filter(|call| during.start <= call.at.start && call.at.start < during.end)
            .copied()
            .collect()
    }

    /// Returns the records.
    pub(crate) fn notes(&self) -> History {
        self.history().clone()
    }
}

impl Organization {
    /// Returns the company token that is in use.
    pub(crate) fn credential(&self) -> TokenNumber {
        *self.credential.lock().unwrap()
    }

    pub(crate) fn use_credential(&self, token: TokenNumber) {
        *self.credential.lock().unwrap() = token;
    }
}

/// Pauses a client between two actions for up to `millis` milliseconds.
pub(crate) fn rest(dice: &mut Dice, millis: u64) {
    sleep(Duration::from_micros(dice.within(0..millis * 1_000)));
}

/// Returns an index below `count`; `None` if `count` is 0.
fn draw(dice: &mut Dice, count: usize) -> Option<usize> {
    let count = u64::try_from(count).unwrap();
    (count > 0).then(|| usize::try_from(dice.within(0..count)).unwrap())
}

/// Returns the name of the key that signed a token.
fn key_of(token: &str) -> String {
    let header = token.split('.').next().unwrap();
    let header = BASE64_URL_SAFE_NO_PAD.decode(header).unwrap();
    let header: serde_json::Value = serde_json::from_slice(&header).unwrap();
    header["kid"].as_str().unwrap().to_owned()
}

/// Returns the bare JSON string of an answer with status 200.
pub(crate) fn text_of(answer: &Answer) -> Option<String> {
    (answer.status == 200).then(|| answer.json().as_str().unwrap().to_owned())
}
