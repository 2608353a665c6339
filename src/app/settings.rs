//! The part of the configuration that is read while the service runs.

use std::time::Duration;

use crate::config::{self, Config, LogRequests, OverCap, RequireTls};
use crate::http::Proxies;
use crate::login::LoginKey;
use crate::operator::sign_in::Place;

/// The settings that request handlers read.
#[derive(Debug, Clone)]
pub struct Settings {
    /// What happens to an `expiresAt` later than the organization's maximum.
    pub over_cap: OverCap,
    /// The proxies whose forwarding headers (client address, https) are trusted.
    pub proxies: Proxies,
    /// Whether requests with credentials are accepted over plain HTTP.
    pub require_tls: RequireTls,
    /// Which requests are logged.
    pub log_requests: LogRequests,
    /// The default rotation settings of company tokens.
    pub company_tokens: config::CompanyTokens,
    /// How often a revocation stream sends its position (`head` event) when nothing else happens.
    pub heartbeat: Duration,
    /// Whether webhooks may be sent to addresses that are not public.
    pub private_webhooks: bool,
    /// How long a webhook may take to answer.
    pub webhook_timeout: Duration,
    /// The issuer of access tokens and ID tokens. `None` if OAuth is off.
    pub oauth_issuer: Option<String>,
    /// The lives of codes and browser sessions, and the grace of refresh tokens.
    pub oauth: config::OAuth,
    /// The lives of console sessions.
    pub console: config::Console,
    /// The organization of a username that names none.
    pub sign_in_place: Place,
    /// How often the uses of API keys are written.
    pub api_key_flush: Duration,
    /// How long ledger rows and audit lines are kept.
    pub retention: Retention,
}

impl Settings {
    pub(super) fn of(config: &Config) -> Self {
        Self {
            over_cap: config.operator_tokens.over_cap,
            proxies: Proxies::new(
                config.http.trusted_proxies.clone(),
                config.http.client_address_header,
            ),
            require_tls: config.http.require_tls,
            log_requests: config.log.requests,
            company_tokens: config.company_tokens.clone(),
            heartbeat: config.feed.heartbeat,
            private_webhooks: config.webhooks.allow_private,
            webhook_timeout: config.webhooks.timeout,
            oauth_issuer: config.oauth_issuer(),
            oauth: config.oauth.clone(),
            console: config.console.clone(),
            sign_in_place: match &config.sessions.organization {
                Some(login) => Place::Login(LoginKey::of(login)),
                None => Place::Only,
            },
            api_key_flush: config.api_keys.flush,
            retention: Retention {
                ledger: config.ledger.retention,
                audit: config.audit.retention,
            },
        }
    }
}

/// Retention periods.
#[derive(Debug, Clone, Copy)]
pub struct Retention {
    /// How long a ledger row is kept after its token has expired.
    pub ledger: Duration,
    /// How long an audit line is kept.
    pub audit: Duration,
}
