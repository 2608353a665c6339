//! The record of an OAuth client.

use serde_json::json;

use super::ClientSettings;
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
