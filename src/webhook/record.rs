//! The record of an endpoint that receives messages.

use crate::base::words::words;
use crate::base::{OrganizationId, Timestamp, WebhookId};
use crate::outbox::EventKind;

words! {
    /// Whether messages are sent to an endpoint.
    pub enum WebhookStatus {
        /// Messages are sent to it.
        Active = "active",
        /// No messages are sent, because its owner deactivated it.
        Inactive = "inactive",
        /// It answered 410. No messages are sent until its owner activates it again.
        Gone = "gone",
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
