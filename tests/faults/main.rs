//! What the service does when things break: it is killed, its database goes away, hangs or fills up, its queues run over,
//! its clients misbehave. Every test drives the real program over real sockets.
//!
//! Tests that roll dice print their seed; `LANYARD_TEST_SEED` replays it.

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
mod clients;
#[path = "../support/cluster.rs"]
mod cluster;
mod crowd;
mod database;
mod dice;
mod disk;
#[path = "../support/events.rs"]
mod events;
mod failover;
mod hang;
#[path = "../support/http.rs"]
mod http;
mod kill;
mod ledger;
mod neighbours;
mod outage;
mod proxy;
mod queues;
mod races;
mod registry;
mod replay;
mod restore;
mod service;
mod start;
mod stop;
mod tempdir;
mod wait;
