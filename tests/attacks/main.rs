//! Whether the time of a refusal reveals what exists. Every pair of requests gets the same answer,
//! and must get it in the same time: Welch's t of the two samples stays below 4.5, whatever part of
//! the slowest answers is left out.
//!
//! These tests measure, so they are not part of `cargo test`; docs/contributing.md says how to run
//! them. `LANYARD_ATTACK_SAMPLES` is the number of requests of each kind, 300 by default.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "tests say what went wrong by panicking, and drive a process that lives in real time"
)]

// The modules with which the fault tests control the program; not all of their items are needed
// here.
#[allow(dead_code)]
#[path = "../faults/call.rs"]
mod call;
#[path = "../support/cluster/mod.rs"]
mod cluster;
#[allow(dead_code)]
#[path = "../faults/database.rs"]
mod database;
#[allow(dead_code)]
#[path = "../faults/dice.rs"]
mod dice;
#[path = "../support/http/mod.rs"]
mod http;
mod keys;
#[allow(dead_code)]
#[path = "../faults/oauth.rs"]
mod oauth;
mod pairs;
#[allow(dead_code)]
#[path = "../faults/service.rs"]
mod service;
#[allow(dead_code)]
#[path = "../faults/tempdir.rs"]
mod tempdir;
mod timing;
#[allow(dead_code)]
#[path = "../faults/wait.rs"]
mod wait;
mod welch;
