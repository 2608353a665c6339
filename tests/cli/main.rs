//! The command line, as a person or a script uses it: the real program in a folder of its own.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::print_stderr
)]

mod api_keys;
mod audit;
mod authz;
#[path = "../support/http/mod.rs"]
mod client;
mod clients;
mod configuration;
mod dev;
mod drain;
mod examples;
mod harness;
mod help;
mod http;
mod inspect;
mod key;
mod manage;
mod names;
mod platform;
mod process;
mod restore;
mod serve;
mod sessions;
mod sign;
mod sign_in;
mod socket;
mod tls;
mod token;
mod transport;
mod upgrade;
mod usage;
mod values;
mod webhook;
mod wechat_app;
