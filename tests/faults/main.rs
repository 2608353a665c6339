//! Faults: the service is killed, its database is unreachable, hangs or is full, its queues
//! overflow, its clients misbehave. Every test runs the real program and uses real sockets.
//!
//! Tests with random choices print their seed; `LANYARD_TEST_SEED` replays it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "tests say what went wrong by panicking, and drive a process that lives in real time"
)]

mod call;
mod canaries;
mod clients;
#[path = "../support/cluster/mod.rs"]
mod cluster;
mod crowd;
mod database;
mod dice;
mod disk;
#[path = "../support/events.rs"]
mod events;
mod failover;
mod hang;
#[path = "../support/http/mod.rs"]
mod http;
mod kill;
mod ledger;
mod neighbours;
mod oauth;
mod outage;
mod proofs;
mod proxy;
mod queues;
mod races;
mod refresh;
mod registry;
mod replay;
mod restore;
mod service;
mod shared_token;
mod signed;
mod signer;
mod start;
mod stop;
mod tempdir;
mod wait;
