//! Random histories of three nodes on one PostgreSQL, with every fault that can happen: nodes are
//! suspended, killed and started again, networks hold bytes up, are slow or are cut, the database
//! restarts, wall clocks are set forward and back by seconds to days. Clients record when they sent
//! which request about what, and what the answer was; a checker reads the records. The promise: no
//! validation, introspection or question of a proxy that started after a revoke returned answers
//! "valid", the same for an API key and its quarantine, a refresh token never has two successors, and
//! no nonce, DPoP proof or assertion is ever accepted twice.
//!
//! A history lasts a few seconds; some dozens of them, one after the other, run on the same nodes.
//! `LANYARD_HISTORIES=N` runs N histories instead of a few, `LANYARD_HISTORY_SEED=S` runs the one
//! of that seed (with the same choices; their timing on the machine differs).

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "tests say what went wrong by panicking, and drive processes that live in real time"
)]

mod admin;
mod chaos;
mod check;
mod checker;
mod client;
mod clock;
mod history;
mod key_client;
mod line;
mod nodes;
#[allow(dead_code)]
#[path = "../faults/oauth.rs"]
mod oauth;
mod oauth_client;
mod once;
mod proxy;
mod run;
mod signed;
mod validator;
mod world;

// The modules with which the fault tests control the program; not all of their items are needed
// here.
#[path = "../support/cluster/mod.rs"]
mod cluster;
#[allow(dead_code)]
#[path = "../faults/dice.rs"]
mod dice;
#[path = "../support/http/mod.rs"]
mod http;
#[allow(dead_code)]
#[path = "../faults/service.rs"]
mod service;
#[allow(dead_code)]
#[path = "../faults/signer.rs"]
mod signer;
#[allow(dead_code)]
#[path = "../faults/tempdir.rs"]
mod tempdir;
#[allow(dead_code)]
#[path = "../faults/wait.rs"]
mod wait;

use std::time::{SystemTime, UNIX_EPOCH};

use cluster::Options;
use world::World;

/// The number of histories of a plain `cargo test`.
const FEW: u64 = 10;

/// The number of seeds that run on the same nodes.
const OF_A_WORLD: u64 = 40;

#[test]
fn no_token_counts_after_its_revocation_returned() {
    // Data that a crash must not lose has to be on the disk.
    let options = Options {
        fsync: true,
        ..Options::default()
    };
    let Some(cluster) = cluster::start_or_skip(options) else {
        return;
    };
    let number = |name: &str| {
        let text = std::env::var(name).ok()?;
        Some(
            text.parse::<u64>()
                .unwrap_or_else(|_| panic!("{name} is a number")),
        )
    };
    let seed = number("LANYARD_HISTORY_SEED");
    let histories = number("LANYARD_HISTORIES").unwrap_or(if seed.is_some() { 1 } else { FEW });
    let first = seed.unwrap_or_else(|| {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        u64::try_from(now.as_millis()).unwrap()
    });
    let mut seeds = (first..first + histories).peekable();
    while let Some(seed) = seeds.peek() {
        let number = seed / OF_A_WORLD;
        let world = World::new(&cluster, number);
        while let Some(seed) = seeds.next_if(|seed| seed / OF_A_WORLD == number) {
            run::run(&world, seed);
        }
        world.end();
    }
}
