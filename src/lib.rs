//! Lanyard: a token service. A company logs in and receives a company token. With it, the company's
//! backend requests operator tokens, and an agent asks whether a token is still valid. When a
//! revoke call returns, the revocation is in force on every node.
//!
//! # Layout
//!
//! Feature folders over a few small floors; in each feature the same file names: `mod.rs` says what it is and lists its files,
//! `record.rs` holds its record, a verb (`issue.rs`, `login.rs`) one thing the feature does, `store.rs` the queries, `http.rs` routes and wire types,
//! `job.rs` what the clock runs. Imports point one way:
//! `base`, `config` ← `db` ← `token`, `duty`, `outbox` ← `feed`, `seal`, `audit` ← `signing_keys`, `validate`, `ledger` ← `issue`,
//! `login` ← the features' verbs ← `http.rs` ← `server` ← `app` ← `cli`.

pub mod access;
pub mod api_key;
pub mod app;
pub mod audit;
pub mod authn;
pub mod base;
pub mod cli;
pub mod client;
pub mod company;
pub mod config;
pub mod console;
pub mod db;
pub mod duty;
pub mod feed;
pub mod grant;
pub mod http;
pub mod issue;
pub mod jobs;
pub mod jose;
pub mod ledger;
pub mod login;
pub mod metrics;
pub mod oauth;
pub mod operator;
pub mod organization;
pub mod outbound;
pub mod outbox;
pub mod page;
pub mod password;
pub mod platform;
pub mod replay;
pub mod restore;
pub mod revocation;
pub mod schedule;
pub mod seal;
pub mod server;
pub mod session;
pub mod signing_keys;
pub mod token;
pub mod uptime;
pub mod usage;
pub mod validate;
pub mod webhook;
pub mod wechat;
