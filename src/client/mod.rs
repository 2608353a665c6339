//! OAuth clients: what a client is, which redirect URIs are its own, and its secrets.

mod directory;
pub mod http;
pub mod jwks;
pub mod keys;
pub mod manage;
mod narrower;
pub mod prepared;
pub mod redirect_uri;
pub mod registration;
pub mod registration_token;
pub mod secret;
mod secret_uses;
mod settings;
mod store;
mod words;

pub use directory::{Directory, Registered};
pub use jwks::Jwks;
pub use manage::ManageError;
pub use redirect_uri::{RedirectUri, RedirectUriError};
pub use registration::{Known, Registration, RegistrationError};
pub use secret::{ClientSecret, Secrets};
pub use secret_uses::SecretUses;
pub use settings::{
    AccessTokens, Authentication, ClientSettings, EVERY_RESOURCE, RefreshTokens, Requirements,
};
pub use store::{count, find, secrets};
pub use words::{
    AccessAlgorithm, AuthMethod, ConsentRule, GrantType, IntrospectRule, Profile, RedirectMatch,
    RefreshRetry, TokenFormat,
};

use serde_json::json;

use crate::base::words::words;
use crate::base::{ClientId, OrganizationId, Sequence, Timestamp, version_of};

words! {
    /// The status of a client.
    pub enum ClientStatus {
        /// It can get tokens.
        Active = "active",
        /// It answers as an unknown one until it is enabled.
        Disabled = "disabled",
        /// It answers as an unknown one, for good.
        Deleted = "deleted",
    }
}

/// A client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// Its organization.
    pub organization: OrganizationId,
    /// Its id.
    pub id: ClientId,
    /// Its status.
    pub status: ClientStatus,
    /// What may be changed of it.
    pub settings: ClientSettings,
    /// The sequence of the entry that announced it. What is issued to it must have a `rev` of at
    /// least this sequence.
    pub created_seq: Sequence,
    /// When it was added.
    pub created_at: Timestamp,
}

impl Client {
    /// Whether it is active. One that is not answers as an unknown client.
    #[must_use]
    pub const fn is_active(&self) -> bool {
        matches!(self.status, ClientStatus::Active)
    }

    /// Returns the version of its settings.
    #[must_use]
    pub fn version(&self) -> String {
        version_of(&json!(self.settings))
    }
}
