//! The settings in force, as text.

use std::{collections::BTreeMap, fmt::Display, path::Path, time::Duration};

use super::{
    Config, Database, Http, LedgerMode, Log, LogFormat, LogRequests, Login, MasterKeySource,
    Origin, OverCap, RequireTls,
};

/// Where each setting was given.
#[derive(Clone, Debug)]
pub struct Origins(pub(super) BTreeMap<&'static str, Origin>);

impl Origins {
    /// Where a key was given.
    #[must_use]
    pub fn of(&self, key: &str) -> Origin {
        self.0.get(key).cloned().unwrap_or(Origin::Unset)
    }
}

/// Keys with their values; none for what is unset.
#[derive(Default)]
struct Told(Vec<(&'static str, Option<String>)>);

impl Told {
    fn add(&mut self, key: &'static str, value: impl Into<Option<String>>) {
        self.0.push((key, value.into()));
    }
}

impl Config {
    /// Every key with its value as a line of the file would give it (TOML), in the order of the example; none for what is
    /// unset. Secrets are hidden. A URL that came from a file is told as `database.url`.
    #[must_use]
    pub fn settings(&self) -> Vec<(&'static str, Option<String>)> {
        let mut told = Told::default();
        let (key, file) = match &self.master_key {
            MasterKeySource::Value(_) => (Some(text("***")), None),
            MasterKeySource::File(file) | MasterKeySource::FileOrNew(file) => {
                (None, Some(path(file)))
            }
        };
        told.add("master_key", key);
        told.add("master_key_file", file);
        let previous: Vec<_> = self
            .previous_master_keys
            .iter()
            .map(|file| file.display())
            .collect();
        told.add("previous_master_key_files", list(&previous));
        self.database.tell(&mut told);
        self.http.tell(&mut told);
        told.add("tokens.issuer", text(&self.tokens.issuer));
        told.add("tokens.algorithm", text(self.tokens.algorithm));
        told.add("tokens.cache_bytes", plain(self.tokens.cache_bytes));
        let keys = &self.keys;
        told.add("keys.jwks_cache_time", span(keys.jwks_cache_time));
        told.add("keys.rotation_period", span(keys.rotation_period));
        told.add("keys.hmac_rotation_period", span(keys.hmac_rotation_period));
        told.add("keys.publish_ahead", span(keys.publish_ahead));
        let issuer = self.oauth.issuer.as_ref();
        told.add("oauth.issuer", issuer.map(text));
        let over_cap = match self.operator_tokens.over_cap {
            OverCap::Clamp => "clamp",
            OverCap::Reject => "reject",
        };
        told.add("operator_tokens.over_cap", text(over_cap));
        let company = &self.company_tokens;
        told.add(
            "company_tokens.rotation_period",
            span(company.rotation_period),
        );
        told.add(
            "company_tokens.rotation_grace",
            span(company.rotation_grace),
        );
        self.login.tell(&mut told);
        let mode = match self.ledger.mode {
            LedgerMode::Durable => "durable",
            LedgerMode::Off => "off",
        };
        told.add("ledger.mode", text(mode));
        told.add("ledger.queue", plain(self.ledger.queue));
        told.add("ledger.batch", plain(self.ledger.batch));
        told.add("ledger.retention", span(self.ledger.retention));
        told.add("audit.retention", span(self.audit.retention));
        told.add("feed.poll", span(self.feed.poll));
        let feed = &self.feed;
        told.add("feed.lease", span(feed.lease));
        told.add("feed.streams", plain(feed.streams));
        let of_one = feed.streams_per_organization;
        told.add("feed.streams_per_organization", plain(of_one));
        told.add("feed.heartbeat", span(feed.heartbeat));
        let webhooks = &self.webhooks;
        told.add("webhooks.allow_private", plain(webhooks.allow_private));
        told.add("webhooks.timeout", span(webhooks.timeout));
        told.add("webhooks.max_attempts", plain(webhooks.max_attempts));
        self.log.tell(&mut told);
        told.0
    }
}

impl Database {
    fn tell(&self, told: &mut Told) {
        told.add("database.url", text(&self.url));
        told.add("database.url_file", None);
        told.add("database.pool_size", plain(self.pool_size));
        told.add("database.acquire_timeout", span(self.acquire_timeout));
        told.add("database.migrate", plain(self.migrate));
    }
}

impl Http {
    fn tell(&self, told: &mut Told) {
        let tls = self.tls.as_ref();
        told.add("http.listen", list(&self.listen));
        told.add("http.workers", plain(self.workers.given()));
        let require = match self.require_tls {
            RequireTls::Always => plain(true),
            RequireTls::Never => plain(false),
            RequireTls::ExceptLoopback => text("except-loopback"),
        };
        told.add("http.require_tls", require);
        told.add("http.trusted_proxies", list(&self.trusted_proxies));
        let header = self.client_address_header.as_str();
        told.add("http.client_address_header", text(header));
        told.add(
            "http.tls_certificate_file",
            tls.map(|files| path(&files.certificate)),
        );
        told.add("http.tls_key_file", tls.map(|files| path(&files.key)));
        told.add("http.keep_alive", span(self.keep_alive));
        told.add("http.drain_timeout", span(self.drain_timeout));
        told.add("http.shutdown_timeout", span(self.shutdown_timeout));
    }
}

impl Login {
    fn tell(&self, told: &mut Told) {
        told.add("login.bcrypt_cost", plain(self.bcrypt_cost));
        told.add("login.hash_threads", plain(self.hash_threads.given()));
        told.add("login.hash_queue", plain(self.hash_queue));
        told.add("login.throttle", plain(self.throttle));
        let [per_address, per_login] = [self.per_address, self.per_login];
        told.add("login.per_address_burst", plain(per_address.burst));
        told.add(
            "login.per_address_per_second",
            plain(per_address.per_second),
        );
        told.add("login.per_login_burst", plain(per_login.burst));
        told.add("login.per_login_per_second", plain(per_login.per_second));
        told.add("login.lockout_after", plain(self.lockout_after));
        told.add("login.lockout", span(self.lockout));
    }
}

impl Log {
    fn tell(&self, told: &mut Told) {
        let format = match self.format {
            LogFormat::Text => "text",
            LogFormat::Json => "json",
        };
        told.add("log.format", text(format));
        told.add("log.level", text(&self.level));
        let requests = match self.requests {
            LogRequests::None => "none",
            LogRequests::Errors => "errors",
            LogRequests::All => "all",
        };
        told.add("log.requests", text(requests));
    }
}

fn plain(value: impl Display) -> String {
    value.to_string()
}

/// A basic string of TOML: what JSON escapes, TOML unescapes alike.
fn text(value: impl Display) -> String {
    serde_json::Value::from(value.to_string()).to_string()
}

fn path(path: &Path) -> String {
    text(path.display())
}

fn list(values: &[impl Display]) -> String {
    let values: Vec<_> = values.iter().map(text).collect();
    format!("[{}]", values.join(", "))
}

/// A duration in the largest unit that tells it in whole numbers.
fn span(span: Duration) -> String {
    let millis = span.as_millis();
    let whole = [
        (86_400_000, "d"),
        (3_600_000, "h"),
        (60_000, "m"),
        (1_000, "s"),
        (1, "ms"),
    ]
    .into_iter()
    .find(|(unit, _)| {
        Duration::from_millis(*unit) <= span && millis.is_multiple_of((*unit).into())
    });
    match whole {
        Some((unit, name)) if span.subsec_nanos().is_multiple_of(1_000_000) => {
            text(format_args!("{}{name}", millis / u128::from(unit)))
        }
        _ => text(humantime::format_duration(span)),
    }
}
