//! The outbox: messages for webhooks. Each is written in the same transaction as the change it
//! reports and is delivered after the commit, so a change that is rolled back sends no message.

mod store;

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

use self::store::Message;
use crate::base::words::words;
use crate::base::{
    ClientId, GrantId, KeyId, OperatorId, OrganizationId, Sequence, Timestamp, TokenId, WebhookId,
};
use crate::db::{Conn, Result};

words! {
    /// The kind of an event: its `type` (Standard Webhooks 1.0).
    pub enum EventKind {
        /// A company token is due for rotation.
        TokenRotationDue = "token.rotation_due",
        /// One or more tokens were revoked.
        TokenRevoked = "token.revoked",
        /// Tokens of an OAuth client, or sessions, were revoked.
        CredentialRevoked = "credential.revoked",
        /// An operator was deactivated or deleted.
        OperatorDeactivated = "operator.deactivated",
        /// Another key signs from now on.
        KeyRotated = "key.rotated",
        /// A test message, which shows whether messages arrive.
        Test = "webhook.test",
    }
}

impl EventKind {
    /// The kinds that an endpoint can subscribe to.
    pub const SUBSCRIBABLE: [Self; 5] = [
        Self::TokenRotationDue,
        Self::TokenRevoked,
        Self::CredentialRevoked,
        Self::OperatorDeactivated,
        Self::KeyRotated,
    ];

    /// Returns whether the event concerns the service as a whole. Endpoints of organizations do not
    /// receive it.
    #[must_use]
    pub const fn is_of_service(self) -> bool {
        matches!(self, Self::KeyRotated)
    }
}

/// An event and the content of its `data`. It never contains a token or another secret.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged, rename_all_fields = "camelCase")]
pub enum Event {
    /// A company token is due for rotation.
    TokenRotationDue {
        /// The token.
        jti: TokenId,
        /// Since when it is due.
        due_at: Timestamp,
        /// When it expires unless it is rotated; `None` if it does not expire.
        ends_at: Option<Timestamp>,
    },
    /// Tokens were revoked: an entry of the revocation list.
    TokenRevoked {
        /// `token`, `operator`, `company_token`, `organization` or `key`.
        kind: &'static str,
        /// The token, if the kind names one.
        #[serde(skip_serializing_if = "Option::is_none")]
        jti: Option<TokenId>,
        /// The operator, if the kind is `operator`.
        #[serde(skip_serializing_if = "Option::is_none")]
        operator_id: Option<OperatorId>,
        /// The signing key, if the kind is `key`: everything it signed is revoked.
        #[serde(skip_serializing_if = "Option::is_none")]
        kid: Option<KeyId>,
        /// The sequence of the entry in the revocation list.
        seq: Sequence,
        /// When it was revoked.
        at: Timestamp,
        /// When everything it revokes has expired; `None` if that is never.
        until: Option<Timestamp>,
    },
    /// Tokens of an OAuth client, or sessions, were revoked: an entry of the revocation list that a
    /// reader of version 0.1 does not know.
    CredentialRevoked {
        /// `client`, `grant` or `session`.
        kind: &'static str,
        /// The session, if the kind is `session` and one session ended.
        #[serde(skip_serializing_if = "Option::is_none")]
        jti: Option<TokenId>,
        /// The operator, if the kind is `session` and its sessions ended.
        #[serde(skip_serializing_if = "Option::is_none")]
        operator_id: Option<OperatorId>,
        /// The client, if the kind is `client`.
        #[serde(skip_serializing_if = "Option::is_none")]
        client_id: Option<ClientId>,
        /// The grant, if the kind is `grant`.
        #[serde(skip_serializing_if = "Option::is_none")]
        grant_id: Option<GrantId>,
        /// The sequence of the entry in the revocation list.
        seq: Sequence,
        /// When it was revoked.
        at: Timestamp,
        /// When everything it revokes has expired; `None` if that is never.
        until: Option<Timestamp>,
    },
    /// An operator was deactivated or deleted.
    OperatorDeactivated {
        /// The operator.
        operator_id: OperatorId,
        /// `inactive` or `deleted`.
        status: &'static str,
    },
    /// Another key signs from now on.
    KeyRotated {
        /// The key's id.
        kid: KeyId,
        /// The algorithm of the key.
        algorithm: &'static str,
        /// The key that signed before; `None` if this is the first one.
        previous_kid: Option<KeyId>,
    },
    /// A test message.
    Test {},
}

impl Event {
    /// Returns the kind of the event.
    #[must_use]
    pub const fn kind(&self) -> EventKind {
        match self {
            Self::TokenRotationDue { .. } => EventKind::TokenRotationDue,
            Self::TokenRevoked { .. } => EventKind::TokenRevoked,
            Self::CredentialRevoked { .. } => EventKind::CredentialRevoked,
            Self::OperatorDeactivated { .. } => EventKind::OperatorDeactivated,
            Self::KeyRotated { .. } => EventKind::KeyRotated,
            Self::Test {} => EventKind::Test,
        }
    }

    /// Returns the body of the message. It is signed and sent byte for byte as returned here.
    fn body(&self, organization: OrganizationId, now: Timestamp) -> String {
        #[derive(Serialize)]
        struct Body<'a> {
            #[serde(rename = "type")]
            kind: &'static str,
            timestamp: Timestamp,
            data: Data<'a>,
        }
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Data<'a> {
            #[serde(skip_serializing_if = "Option::is_none")]
            organization_id: Option<OrganizationId>,
            #[serde(flatten)]
            event: &'a Event,
        }
        let body = Body {
            kind: self.kind().as_str(),
            timestamp: now,
            data: Data {
                organization_id: Some(organization).filter(|id| *id != OrganizationId::SERVICE),
                event: self,
            },
        };
        // Serializing texts, numbers and instants cannot fail.
        serde_json::to_string(&body).unwrap_or_default()
    }
}

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
    pub fn tell(
        &self,
        conn: &mut Conn,
        organization: OrganizationId,
        event: &Event,
        now: Timestamp,
    ) -> Result<()> {
        self.tell_all(conn, organization, std::slice::from_ref(event), now)
    }

    /// Like [`Audience::tell`], for many events of the kind that these endpoints subscribe to.
    ///
    /// # Errors
    /// Returns an error if the database call fails.
    pub fn tell_all(
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
    Audience::of(conn, organization, event.kind())?.tell(conn, organization, event, now)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_has_type_timestamp_and_data() {
        let now = Timestamp::from_seconds(1_893_456_000);
        let event = Event::TokenRevoked {
            kind: "operator",
            jti: None,
            operator_id: Some(OperatorId(7)),
            kid: None,
            seq: Sequence(3),
            at: now,
            until: None,
        };
        insta::assert_snapshot!(event.body(OrganizationId(1), now), @r#"{"type":"token.revoked","timestamp":"2030-01-01T00:00:00Z","data":{"organizationId":1,"kind":"operator","operatorId":7,"seq":3,"at":"2030-01-01T00:00:00Z","until":null}}"#);
        let event = Event::KeyRotated {
            kid: "b23456789012".parse().unwrap(),
            algorithm: "EdDSA",
            previous_kid: Some("a23456789012".parse().unwrap()),
        };
        insta::assert_snapshot!(event.body(OrganizationId::SERVICE, now), @r#"{"type":"key.rotated","timestamp":"2030-01-01T00:00:00Z","data":{"kid":"b23456789012","algorithm":"EdDSA","previousKid":"a23456789012"}}"#);
        insta::assert_snapshot!(Event::Test {}.body(OrganizationId(1), now), @r#"{"type":"webhook.test","timestamp":"2030-01-01T00:00:00Z","data":{"organizationId":1}}"#);
    }
}
