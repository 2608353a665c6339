//! Webhooks: endpoints that receive signed messages about events, over HTTP (Standard Webhooks
//! 1.0).

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

/// Whether messages are sent to an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WebhookStatus {
    /// Messages are sent to it.
    Active,
    /// No messages are sent, because its owner deactivated it.
    Inactive,
    /// It answered 410. No messages are sent until its owner activates it again.
    Gone,
}

impl WebhookStatus {
    /// Returns the word that the database and the API use.
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
    /// The organization that owns it. [`OrganizationId::SERVICE`] is the service itself: such an
    /// endpoint receives the events of every organization.
    pub organization: OrganizationId,
    /// Its id.
    pub id: WebhookId,
    /// The URL to which messages are posted.
    pub url: String,
    /// The events of which it receives messages.
    pub events: Vec<EventKind>,
    /// Whether messages are sent to it.
    pub status: WebhookStatus,
    /// Since when messages to it are given up; `None` if the last one arrived.
    pub gave_up_at: Option<Timestamp>,
    /// When it was added.
    pub created_at: Timestamp,
}
