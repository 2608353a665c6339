//! The API as a client sees it, over the wire, on SQLite and on PostgreSQL. `company` and
//! `operator` mirror the URLs; `rules` tests what holds for every route; `tokens` examines the
//! tokens.

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

mod access;
mod api_keys;
mod authz;
mod clients;
mod clocks;
mod company;
mod console;
mod database;
mod feed;
mod followers;
mod groups;
mod guide;
mod jobs;
mod layout;
mod names;
mod oauth;
mod operations;
mod operator;
mod pages;
mod replay;
mod restored;
mod rules;
mod schema;
mod schemathesis;
mod sessions;
mod signed_requests;
mod tokens;
mod upgrade;
mod webhooks;
mod wechat;
