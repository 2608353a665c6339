//! `kill -9` of a node that uses values: a value that it reported as new is used for all other
//! nodes.
//!
//! The node is this test program itself, started again: no route of the service uses values that a
//! caller chooses.

use std::env;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::Duration;

use lanyard::base::{Clock, OrganizationId};
use lanyard::db::{self, Db, Options};
use lanyard::replay::{Once, Purpose, Replay, Scope, Value};

use tokio::runtime::{Builder, Runtime};

use crate::database::{Database, on_both};

const SCOPE: Scope = Scope {
    organization: OrganizationId(1),
    purpose: Purpose::DpopProof,
};

/// The variable with the URL of the database in which the node uses values.
const URL: &str = "LANYARD_TEST_REPLAY";

/// The text that the node prints before each value that was new.
const FIRST: &str = "first:";

/// The number of values that are used before the node is killed.
const ENOUGH: usize = 200;

fn open(url: &str) -> Replay {
    let options = Options {
        url: url.parse().unwrap(),
        pool_size: 4,
        acquire_timeout: Duration::from_secs(10),
    };
    Replay::new(&Db::open(&options).unwrap(), Clock::System)
}

fn system() -> Runtime {
    let mut builder = Builder::new_current_thread();
    builder.enable_all().build().unwrap()
}

/// Uses a value that is valid for longer than the test takes.
async fn once(replay: &Replay, value: u64) -> Once {
    let until = Clock::System.now().plus(Duration::from_mins(30));
    let value = Value::of(&[&value.to_be_bytes()]);
    replay.once(SCOPE, value, until).await.unwrap()
}

#[test]
#[ignore = "the node, not a test"]
fn node() {
    let Ok(url) = env::var(URL) else { return };
    let replay = open(&url);
    system().block_on(async {
        for value in 0.. {
            if once(&replay, value).await == Once::First {
                println!("{FIRST}{value}");
            }
        }
    });
}

on_both!(what_a_killed_node_has_used_stays_used);

fn what_a_killed_node_has_used_stays_used(database: &Database) {
    let url = database.url();
    db::migrate(&url.parse().unwrap()).unwrap();
    let mut node = Command::new(env::current_exe().unwrap())
        .args(["--exact", "--ignored", "--nocapture", "replay::node"])
        .env(URL, &url)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(node.stdout.take().unwrap()).lines();
    let firsts = |line: std::io::Result<String>| {
        let line = line.unwrap();
        line.split_once(FIRST)
            .and_then(|(_, value)| value.parse::<u64>().ok())
    };
    let mut said: Vec<_> = lines.by_ref().filter_map(firsts).take(ENOUGH).collect();
    // SIGKILL, while a value is used or between two values.
    node.kill().unwrap();
    node.wait().unwrap();
    said.extend(lines.filter_map(firsts));
    assert!(said.len() >= ENOUGH, "{}", said.len());
    let replay = open(&url);
    system().block_on(async {
        for value in &said {
            assert_eq!(once(&replay, *value).await, Once::Again, "{value}");
        }
        let mut next = said.last().unwrap() + 1;
        // The node may have used one more value without time to report it.
        if once(&replay, next).await == Once::Again {
            next += 1;
            assert_eq!(once(&replay, next).await, Once::First);
        }
    });
}
