//! The issuers of tokens.

use super::Kind;
use crate::config::Config;

/// The issuers (`iss`) whose tokens this service accepts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issuers {
    /// That of company tokens, operator tokens and sessions (`tokens.issuer`).
    pub tokens: String,
    /// That of access tokens and ID tokens (`oauth.issuer`). `None` if OAuth is off: then no access
    /// token is accepted.
    pub oauth: Option<String>,
}

impl Issuers {
    /// Returns the issuers of a configuration.
    #[must_use]
    pub fn of_config(config: &Config) -> Self {
        Self {
            tokens: config.tokens.issuer.clone(),
            oauth: config.oauth_issuer(),
        }
    }

    /// Returns issuers without OAuth.
    #[must_use]
    pub fn new(tokens: impl Into<String>) -> Self {
        Self {
            tokens: tokens.into(),
            oauth: None,
        }
    }

    /// Returns the issuer of a kind of token. `None` if there is none.
    #[must_use]
    pub fn of(&self, kind: Kind) -> Option<&str> {
        match kind {
            Kind::Company | Kind::Operator | Kind::Session => Some(&self.tokens),
            Kind::Access | Kind::Refresh => self.oauth.as_deref(),
            // It is never signed.
            Kind::Console => None,
        }
    }
}
