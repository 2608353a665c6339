//! Clients that others wrote, and the requests that the guides print, against the real program. A
//! small browser that keeps cookies and fills in forms plays the operator.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "tests say what went wrong by panicking, and drive a process that lives in real time"
)]

mod browser;
mod docs;
mod forward_auth;
mod guides;
mod javascript;
mod key;
mod page;
mod python;
mod rust;
mod script;
mod service;
mod signatures;
#[path = "../support/http/mod.rs"]
mod wire;
