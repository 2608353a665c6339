//! The effective settings, as text.

use std::{collections::BTreeMap, fmt::Display, path::Path, time::Duration};

use super::{
    Config, Database, Http, LedgerMode, Log, LogFormat, LogRequests, Login, MasterKeySource,
    Origin, OverCap, RequireTls,
};

/// Where each setting was given.
#[derive(Clone, Debug)]
pub struct Origins(pub(super) BTreeMap<&'static str, Origin>);

impl Origins {
    /// Returns where a key was given.
    #[must_use]
    pub fn of(&self, key: &str) -> Origin {
        self.0.get(key).cloned().unwrap_or(Origin::Unset)
    }
}

/// Keys with their values; `None` for keys that are not set.
#[derive(Default)]
struct Listing(Vec<(&'static str, Option<String>)>);

impl Listing {
    fn add(&mut self, key: &'static str, value: impl Into<Option<String>>) {
        self.0.push((key, value.into()));
    }
}

impl Config {
    /// Returns every key with its value in TOML syntax, in the order of the example file; `None` if
    /// the key is not set. Secrets are hidden. A URL that was read from a file is listed as
    /// `database.url`.
    #[must_use]
    pub fn settings(&self) -> Vec<(&'static str, Option<String>)> {
        let mut listing = Listing::default();
        let (key, file) = match &self.master_key {
            MasterKeySource::Value(_) => (Some(text("***")), None),
            MasterKeySource::File(file) | MasterKeySource::FileOrNew(file) => {
                (None, Some(path(file)))
            }
        };
        listing.add("master_key", key);
        listing.add("master_key_file", file);
        let previous: Vec<_> = self
            .previous_master_keys
            .iter()
            .map(|file| file.display())
            .collect();
        listing.add("previous_master_key_files", list(&previous));
        self.database.add_to(&mut listing);
        self.http.add_to(&mut listing);
        listing.add("tokens.issuer", text(&self.tokens.issuer));
        listing.add("tokens.algorithm", text(self.tokens.algorithm));
        listing.add("tokens.cache_bytes", plain(self.tokens.cache_bytes));
        let keys = &self.keys;
        listing.add("keys.jwks_cache_time", span(keys.jwks_cache_time));
        listing.add("keys.rotation_period", span(keys.rotation_period));
        listing.add("keys.hmac_rotation_period", span(keys.hmac_rotation_period));
        listing.add("keys.publish_ahead", span(keys.publish_ahead));
        let issuer = self.oauth.issuer.as_ref();
        listing.add("oauth.issuer", issuer.map(text));
        let oauth = &self.oauth;
        listing.add("oauth.code_lifetime", span(oauth.code_lifetime));
        listing.add("oauth.par_lifetime", span(oauth.par_lifetime));
        listing.add("oauth.refresh_grace", span(oauth.refresh_grace));
        listing.add("oauth.device_lifetime", span(oauth.device_lifetime));
        listing.add("oauth.device_interval", span(oauth.device_interval));
        listing.add("oauth.session_idle", span(oauth.session_idle));
        listing.add("oauth.session_lifetime", span(oauth.session_lifetime));
        listing.add("oauth.dpop_nonce", plain(oauth.dpop_nonce));
        listing.add("oauth.registration", plain(oauth.registration));
        let console = &self.console;
        listing.add("console.session_idle", span(console.session_idle));
        listing.add("console.session_lifetime", span(console.session_lifetime));
        listing.add(
            "console.platform_session_idle",
            span(console.platform_session_idle),
        );
        listing.add(
            "console.platform_session_lifetime",
            span(console.platform_session_lifetime),
        );
        listing.add(
            "console.reauthenticate_after",
            span(console.reauthenticate_after),
        );
        let organization = self.sessions.organization.as_ref();
        listing.add("sessions.organization", organization.map(text));
        let rules = self.authz.rules_file.as_deref();
        listing.add("authz.rules_file", rules.map(path));
        listing.add("wechat.base_url", text(&self.wechat.base_url));
        listing.add("wechat.timeout", span(self.wechat.timeout));
        listing.add("api_keys.flush", span(self.api_keys.flush));
        let over_cap = match self.operator_tokens.over_cap {
            OverCap::Clamp => "clamp",
            OverCap::Reject => "reject",
        };
        listing.add("operator_tokens.over_cap", text(over_cap));
        let company = &self.company_tokens;
        listing.add(
            "company_tokens.rotation_period",
            span(company.rotation_period),
        );
        listing.add(
            "company_tokens.rotation_grace",
            span(company.rotation_grace),
        );
        self.login.add_to(&mut listing);
        let mode = match self.ledger.mode {
            LedgerMode::Durable => "durable",
            LedgerMode::Off => "off",
        };
        listing.add("ledger.mode", text(mode));
        listing.add("ledger.queue", plain(self.ledger.queue));
        listing.add("ledger.batch", plain(self.ledger.batch));
        listing.add("ledger.retention", span(self.ledger.retention));
        listing.add("audit.retention", span(self.audit.retention));
        listing.add("feed.poll", span(self.feed.poll));
        let feed = &self.feed;
        listing.add("feed.lease", span(feed.lease));
        listing.add("feed.streams", plain(feed.streams));
        let of_one = feed.streams_per_organization;
        listing.add("feed.streams_per_organization", plain(of_one));
        listing.add("feed.heartbeat", span(feed.heartbeat));
        let webhooks = &self.webhooks;
        listing.add("webhooks.allow_private", plain(webhooks.allow_private));
        listing.add("webhooks.timeout", span(webhooks.timeout));
        listing.add("webhooks.max_attempts", plain(webhooks.max_attempts));
        self.log.add_to(&mut listing);
        listing.0
    }
}

impl Database {
    fn add_to(&self, listing: &mut Listing) {
        listing.add("database.url", text(&self.url));
        listing.add("database.url_file", None);
        listing.add("database.pool_size", plain(self.pool_size));
        listing.add("database.acquire_timeout", span(self.acquire_timeout));
        listing.add("database.migrate", plain(self.migrate));
    }
}

impl Http {
    fn add_to(&self, listing: &mut Listing) {
        let tls = self.tls.as_ref();
        listing.add("http.listen", list(&self.listen));
        listing.add("http.workers", plain(self.workers.given()));
        let require = match self.require_tls {
            RequireTls::Always => plain(true),
            RequireTls::Never => plain(false),
            RequireTls::ExceptLoopback => text("except-loopback"),
        };
        listing.add("http.require_tls", require);
        listing.add("http.trusted_proxies", list(&self.trusted_proxies));
        let header = self.client_address_header.as_str();
        listing.add("http.client_address_header", text(header));
        listing.add(
            "http.tls_certificate_file",
            tls.map(|files| path(&files.certificate)),
        );
        listing.add("http.tls_key_file", tls.map(|files| path(&files.key)));
        listing.add("http.keep_alive", span(self.keep_alive));
        listing.add("http.drain_timeout", span(self.drain_timeout));
        listing.add("http.shutdown_timeout", span(self.shutdown_timeout));
    }
}

impl Login {
    fn add_to(&self, listing: &mut Listing) {
        listing.add("login.bcrypt_cost", plain(self.bcrypt_cost));
        listing.add("login.hash_threads", plain(self.hash_threads.given()));
        listing.add("login.hash_queue", plain(self.hash_queue));
        listing.add("login.throttle", plain(self.throttle));
        let [per_address, per_login] = [self.per_address, self.per_login];
        listing.add("login.per_address_burst", plain(per_address.burst));
        listing.add(
            "login.per_address_per_second",
            plain(per_address.per_second),
        );
        listing.add("login.per_login_burst", plain(per_login.burst));
        listing.add("login.per_login_per_second", plain(per_login.per_second));
        listing.add("login.lockout_after", plain(self.lockout_after));
        listing.add("login.lockout", span(self.lockout));
    }
}

impl Log {
    fn add_to(&self, listing: &mut Listing) {
        let format = match self.format {
            LogFormat::Text => "text",
            LogFormat::Json => "json",
        };
        listing.add("log.format", text(format));
        listing.add("log.level", text(&self.level));
        let requests = match self.requests {
            LogRequests::None => "none",
            LogRequests::Errors => "errors",
            LogRequests::All => "all",
        };
        listing.add("log.requests", text(requests));
    }
}

fn plain(value: impl Display) -> String {
    value.to_string()
}

/// Returns a basic string of TOML. JSON's escapes are valid in TOML and mean the same.
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

/// Returns a duration in the largest unit in which it is a whole number.
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
