//! Writes messages: an event becomes one message for each endpoint that subscribes to it.

use std::fmt;
use std::str::FromStr;

use super::store::{self, Message};
use super::{Event, EventKind};
use crate::base::words::words;
use crate::base::{OrganizationId, Timestamp, TokenId, WebhookId};
use crate::db::{Conn, Result};

words! {
    /// The state of a message.
    pub enum DeliveryStatus {
        /// It is waiting to be delivered.
        Pending = "pending",
        /// The endpoint has accepted it.
        Delivered = "delivered",
        /// All attempts failed, and it was given up.
        Failed = "failed",
    }
}

/// The endpoints that receive an event.
#[derive(Debug)]
pub struct Audience(Vec<(OrganizationId, WebhookId)>);

impl Audience {
    /// Returns the active endpoints, of the organization and of the service, that subscribe to this
    /// kind. For an event of the service ([`OrganizationId::SERVICE`]) returns those of all
    /// organizations, unless the kind concerns only the service. Must be called in the transaction
    /// of the change, before it takes locks that others wait for.
    ///
    /// # Errors
    /// Returns an error if the database call fails.
    pub fn of(conn: &mut Conn, organization: OrganizationId, kind: EventKind) -> Result<Self> {
        store::subscribers(conn, organization, kind).map(Self)
    }

    /// Writes the message for each of these endpoints. It is delivered if the transaction commits.
    ///
    /// # Errors
    /// Returns an error if the database call fails.
    pub fn write(
        &self,
        conn: &mut Conn,
        organization: OrganizationId,
        event: &Event,
        now: Timestamp,
    ) -> Result<()> {
        self.write_all(conn, organization, std::slice::from_ref(event), now)
    }

    /// Like [`Audience::write`], for many events of the kind that these endpoints subscribe to.
    ///
    /// # Errors
    /// Returns an error if the database call fails.
    pub fn write_all(
        &self,
        conn: &mut Conn,
        organization: OrganizationId,
        events: &[Event],
        now: Timestamp,
    ) -> Result<()> {
        if self.0.is_empty() {
            return Ok(());
        }
        let bodies: Vec<_> = events
            .iter()
            .map(|event| (event.kind(), event.body(organization, now)))
            .collect();
        let messages: Vec<_> = bodies
            .iter()
            .flat_map(|(event, body)| self.0.iter().map(move |to| (*to, *event, body)))
            .map(|(to, event, body)| Message {
                to,
                id: MessageId::generate(now),
                event,
                body,
            })
            .collect();
        store::insert(conn, &messages, now)
    }
}

/// Writes an event of an organization (or of the service: [`OrganizationId::SERVICE`]) for all
/// endpoints that subscribe to it, in the transaction of the change.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn emit(
    conn: &mut Conn,
    organization: OrganizationId,
    event: &Event,
    now: Timestamp,
) -> Result<()> {
    Audience::of(conn, organization, event.kind())?.write(conn, organization, event, now)
}

/// Writes a test message for one endpoint. Returns the message's id.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn emit_test(
    conn: &mut Conn,
    organization: OrganizationId,
    webhook: WebhookId,
    now: Timestamp,
) -> Result<String> {
    let event = Event::Test {};
    let message = Message {
        to: (organization, webhook),
        id: MessageId::generate(now),
        event: event.kind(),
        body: &event.body(organization, now),
    };
    store::insert(conn, std::slice::from_ref(&message), now)?;
    Ok(message.id.to_string())
}

/// The id of a message. Ids sort by time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MessageId(TokenId);

impl MessageId {
    const PREFIX: &'static str = "msg_";

    fn generate(now: Timestamp) -> Self {
        Self(TokenId::generate(now))
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", Self::PREFIX, self.0)
    }
}

impl FromStr for MessageId {
    type Err = ();
    fn from_str(text: &str) -> std::result::Result<Self, ()> {
        let id = text.strip_prefix(Self::PREFIX).ok_or(())?;
        id.parse().map(Self).map_err(|_| ())
    }
}
