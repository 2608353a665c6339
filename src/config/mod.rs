//! The configuration: typed, merged from its layers, and refused as a whole if anything is wrong.
//!
//! The TOML file overrides the defaults, the environment (`http.listen` is `LANYARD_HTTP_LISTEN`
//! there) overrides the file, and flags override the environment. `lanyard.example.toml` lists
//! every key. An empty variable is an empty value, not a missing one. Paths are relative to the
//! working directory.

mod api_keys;
mod authz;
mod console;
mod database;
mod environment;
mod errors;
mod exposed;
mod file;
mod http;
mod keys;
mod listen;
mod load;
mod log;
mod login;
mod master_key;
mod oauth;
mod parse;
mod path;
mod reader;
mod records;
mod sessions;
mod settings;
mod suggest;
mod tokens;
mod url;
mod value;
mod warnings;
mod webhooks;
mod wechat;

#[cfg(test)]
mod tests;

pub use self::{
    api_keys::ApiKeys,
    authz::Authz,
    console::Console,
    database::Database,
    errors::{Origin, SettingError, SettingErrors},
    http::{AddressHeader, Http, RequireTls, Threads, TlsFiles},
    keys::Keys,
    listen::Listen,
    load::Config,
    log::{Log, LogFormat, LogRequests},
    login::{Login, Rate},
    master_key::{InvalidMasterKey, MasterKeySource, decode_master_key},
    oauth::OAuth,
    records::{Audit, Feed, LONGEST_LEASE, Ledger, LedgerMode},
    sessions::Sessions,
    settings::Origins,
    tokens::{CompanyTokens, OperatorTokens, OverCap, Tokens},
    url::{InvalidUrl, Url},
    webhooks::Webhooks,
    wechat::Wechat,
};
