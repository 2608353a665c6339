//! The world of a history: three nodes, a database and organizations. `notes.rs` has the records
//! that all clients write.

mod api_keys;
mod apps;
mod notes;

pub(crate) use api_keys::rules;
pub(crate) use apps::username;

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::sleep;
use std::time::Duration;

use serde_json::json;
use tempfile::TempDir;

use crate::clock;
use crate::cluster::Cluster;
use crate::dice::Dice;
use crate::history::{History, TokenNumber};
use crate::http::{Answer, Client};
use crate::nodes::Node;
use crate::service::{Installation, PASSWORD};
use crate::signer::Signer;
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
    pub(crate) apps: Vec<apps::App>,
    /// The key that signs DPoP proofs and assertions.
    pub(crate) signer: Signer,
    /// The ids of the OAuth clients that authenticate by assertions, one of each organization.
    pub(crate) machines: Vec<String>,
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
    /// All of them can sign in. After the operators for all clients comes one for each client that deactivates its own, in
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
        api_keys::write_rules(folder.path());
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
            apps: Vec::new(),
            signer: Signer::new(),
            machines: Vec::new(),
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

    fn found(&mut self, number: usize, operators: usize) -> Organization {
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
        let organization = Organization {
            number,
            id,
            login,
            operators,
            credential: Mutex::default(),
        };
        self.equip(&mut client, &organization, &text);
        organization
    }

    /// Stops the nodes and removes their database.
    pub(crate) fn end(self) {
        drop(self.nodes);
        self.cluster.drop_database(&self.database);
    }

    /// Returns whether the clients are to stop.
    pub(crate) fn is_over(&self) -> bool {
        self.over.load(Ordering::Acquire)
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

/// Returns the bare JSON string of an answer with status 200.
pub(crate) fn text_of(answer: &Answer) -> Option<String> {
    (answer.status == 200).then(|| answer.json().as_str().unwrap().to_owned())
}
