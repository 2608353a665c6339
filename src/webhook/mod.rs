//! Webhooks: endpoints that are told of events, over HTTP, signed (Standard Webhooks 1.0).

mod delivery;
pub mod http;
pub mod job;
mod manage;
mod secret;
mod store;

pub use delivery::{Delivery, Dispatcher, deliveries};
pub use manage::{Change, ManageError, add, change, get, list, remove, test};
pub use secret::Secret;

use std::str::FromStr;

use crate::base::{OrganizationId, Timestamp, WebhookId};
use crate::outbox::EventKind;

/// Whether an endpoint is told anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WebhookStatus {
    /// It is.
    Active,
    /// Its owner wants it to be left alone.
    Inactive,
    /// It answered 410, and is left alone until its owner says otherwise.
    Gone,
}

impl WebhookStatus {
    /// The word in the database and the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Inactive => "inactive",
            Self::Gone => "gone",
        }
    }
}

impl FromStr for WebhookStatus {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        [Self::Active, Self::Inactive, Self::Gone]
            .into_iter()
            .find(|status| status.as_str() == text)
            .ok_or(())
    }
}

/// An endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    /// Whose; [`OrganizationId::SERVICE`]: the service's own, which hears of every organization.
    pub organization: OrganizationId,
    /// Its id.
    pub id: WebhookId,
    /// Where messages are posted to.
    pub url: String,
    /// What it asks to be told of.
    pub events: Vec<EventKind>,
    /// Whether it is told anything.
    pub status: WebhookStatus,
    /// Since when messages to it are given up; none: the last one arrived.
    pub gave_up_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
}
