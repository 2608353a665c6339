//! Lanyard: a token service. A company logs in and gets a company token; with it, its backend asks for operator tokens; an
//! agent asks whether one still counts. Revocation holds when the call returns.
//!
//! # Layout
//!
//! Feature folders over a few small floors; in each feature the same file names: `mod.rs` holds the nouns and the laws, a
//! verb (`issue.rs`, `login.rs`) one thing the feature does, `store.rs` the queries, `http.rs` routes and wire types,
//! `job.rs` what the clock runs. Imports point one way:
//! `base`, `config` ← `db` ← `token`, `duty`, `outbox` ← `keys`, `feed`, `audit` ← `validate`, `ledger` ← the features' verbs ← `http.rs` ←
//! `server` ← `app` ← `cli`.

pub mod access;
pub mod app;
pub mod audit;
pub mod base;
pub mod cli;
pub mod client;
pub mod company;
pub mod config;
pub mod db;
pub mod duty;
pub mod feed;
pub mod grant;
pub mod http;
pub mod jobs;
pub mod ledger;
pub mod metrics;
pub mod oauth;
pub mod operator;
pub mod outbox;
pub mod password;
pub mod restore;
pub mod revocation;
pub mod server;
pub mod signing_keys;
pub mod token;
pub mod uptime;
pub mod validate;
pub mod webhook;
