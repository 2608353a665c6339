//! The API as a client sees it, over the wire, on SQLite and on PostgreSQL. The modules mirror the URLs; `rules` holds what
//! is true of every one.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    clippy::needless_raw_string_hashes
)]

#[path = "../support/mod.rs"]
mod support;

mod company;
