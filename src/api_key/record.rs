//! An API key: what is stored of it, and its states.

use std::net::IpAddr;

use serde_json::json;

use super::{AllowedAddresses, Refused};
use crate::access::ScopeSet;
use crate::base::words::words;
use crate::base::{ApiKeyId, Digest, OperatorId, OrganizationId, Timestamp, version_of};

/// Returns what the audit log calls a key.
pub(super) fn target_of(id: ApiKeyId) -> String {
    format!("api_key:{id}")
}

words! {
    /// What a key is for. Keys for tests never reach live data.
    pub enum Environment {
        /// Live data.
        Live = "live",
        /// Tests.
        Test = "test",
    }
}

words! {
    /// What a key's text begins with. The two differ in nothing else: each guide has its own.
    pub enum Prefix {
        /// Guide 000.
        Ak = "ak",
        /// Guide 004.
        Sk = "sk",
    }
}

words! {
    /// The status of a key, as far as it does not follow from the clock.
    pub enum KeyStatus {
        /// It can be used.
        Active = "active",
        /// It is refused until it is released.
        Quarantined = "quarantined",
        /// It is refused, for good.
        Revoked = "revoked",
    }
}

/// What may be changed of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeySettings {
    /// For the people who manage it.
    pub name: String,
    /// What it may do.
    pub scopes: ScopeSet,
    /// Its role. `None` if it has none, or if it is an operator's.
    pub role: Option<String>,
    /// When it expires; `None` for never.
    pub expires_at: Option<Timestamp>,
    /// The addresses from which it may be used.
    pub allowed: AllowedAddresses,
    /// Whether its text alone is refused: requests must be signed.
    pub require_signature: bool,
}

impl KeySettings {
    /// Returns the version of these settings.
    #[must_use]
    pub fn version(&self) -> String {
        let allowed: Vec<String> = self.allowed.texts().collect();
        version_of(&json!([
            self.name,
            self.scopes.to_string(),
            self.role,
            self.expires_at.map(Timestamp::as_micros),
            allowed,
            self.require_signature,
        ]))
    }
}

/// A key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// Its organization.
    pub organization: OrganizationId,
    /// Its id.
    pub id: ApiKeyId,
    /// What may be changed.
    pub settings: KeySettings,
    /// What it is for.
    pub environment: Environment,
    /// What its text begins with.
    pub prefix: Prefix,
    /// The operator that it is bound to; `None` if it is the organization's own.
    pub operator: Option<OperatorId>,
    /// Whether it has a second secret, with which requests are signed.
    pub signing: bool,
    /// Its status.
    pub status: KeyStatus,
    /// The prefix and four characters of the present text.
    pub start: String,
    /// The last four characters of the present text.
    pub end: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// Who made it, as in the audit log.
    pub created_by: String,
}

/// A text of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoredText {
    /// Its digest.
    pub digest: Digest,
    /// When it ends; `None` for the present one.
    pub ends_at: Option<Timestamp>,
}

/// A key with its texts, those that have ended too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredKey {
    /// The key.
    pub key: ApiKey,
    /// Its texts.
    pub texts: Vec<StoredText>,
}

impl StoredKey {
    /// Returns the text with this digest, also if it has ended; `None` if it is not a text of this
    /// key.
    #[must_use]
    pub fn text(&self, digest: Digest) -> Option<&StoredText> {
        self.texts.iter().find(|text| text.digest.equals(&digest))
    }

    /// Returns when the text before the present one ends; `None` if it has ended, or there is none.
    #[must_use]
    pub fn previous_ends_at(&self, now: Timestamp) -> Option<Timestamp> {
        let ends = self.texts.iter().filter_map(|text| text.ends_at);
        ends.filter(|end| *end > now).max()
    }
}

/// When and how a key was last used, and last refused.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LastUse {
    /// When it was used.
    pub at: Option<Timestamp>,
    /// The address from which it was used.
    pub address: Option<IpAddr>,
    /// When and why it was refused.
    pub refusal: Option<LastRefusal>,
}

/// When and why a key was last refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastRefusal {
    /// When it was refused.
    pub at: Timestamp,
    /// Why it was refused.
    pub reason: Refused,
    /// From where; `None` if the caller of verify sent no address.
    pub address: Option<IpAddr>,
}
