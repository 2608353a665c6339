//! Lanyard: a token service. A company logs in and receives a company token. With it, the company's
//! backend requests operator tokens, and an agent asks whether a token is still valid. When a
//! revoke call returns, the revocation is in force on every node.
//!
//! # Layout
//!
//! One folder for each feature, above a few shared folders. Every feature uses the same file names:
//! `mod.rs` holds types and invariants, a verb (`issue.rs`, `login.rs`) holds one operation,
//! `store.rs` the queries, `http.rs` routes and wire types, `job.rs` the scheduled work. Imports
//! point in one direction: `base`, `config` ← `db` ← `token`, `duty`, `outbox` ← `signing_keys`,
//! `feed`, `audit` ← `validate`, `ledger` ← the features' verbs ← `http.rs` ← `server` ← `app` ←
//! `cli`.

pub mod app;
pub mod audit;
pub mod authn;
pub mod base;
pub mod cli;
pub mod company;
pub mod config;
pub mod db;
pub mod duty;
pub mod feed;
pub mod http;
pub mod jobs;
pub mod ledger;
pub mod metrics;
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
