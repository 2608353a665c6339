//! What of the configuration is looked at while the service runs.

use std::time::Duration;

use crate::config::{self, Config, LogRequests, OverCap, RequireTls};
use crate::http::Proxies;

/// The settings that handlers look at.
#[derive(Debug, Clone)]
pub struct Settings {
    /// What becomes of an `expiresAt` beyond the cap.
    pub over_cap: OverCap,
    /// Whose word on addresses and https counts.
    pub proxies: Proxies,
    /// Whether credentials may come over plain HTTP.
    pub require_tls: RequireTls,
    /// Which requests get a line in the log.
    pub log_requests: LogRequests,
    /// The defaults for rotating company tokens.
    pub company_tokens: config::CompanyTokens,
    /// How often a stream of revocations says how far it is.
    pub heartbeat: Duration,
    /// Whether webhooks may go to addresses that are not public.
    pub private_webhooks: bool,
    /// How long ledger lines and audit lines are kept.
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
            retention: Retention {
                ledger: config.ledger.retention,
                audit: config.audit.retention,
            },
        }
    }
}

/// How long things are kept.
#[derive(Debug, Clone, Copy)]
pub struct Retention {
    /// Ledger lines, beyond the token's end.
    pub ledger: Duration,
    /// Audit lines.
    pub audit: Duration,
}
