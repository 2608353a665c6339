//! The queries that write messages.

use diesel::prelude::*;

use super::{DeliveryStatus, EventKind, MessageId};
use crate::base::{OrganizationId, Timestamp, WebhookId};
use crate::db::schema::{deliveries, webhooks};
use crate::db::{Conn, Result, Rows};

crate::db::word_column!(EventKind, DeliveryStatus);

/// Returns the active endpoints, of the organization and of the service, that subscribe to a kind
/// of event.
pub(super) fn subscribers(
    conn: &mut Conn,
    organization: OrganizationId,
    kind: EventKind,
) -> Result<Vec<(OrganizationId, WebhookId)>> {
    let service = OrganizationId::SERVICE;
    let mut query = webhooks::table
        .filter(webhooks::status.eq("active"))
        .order((webhooks::organization_id, webhooks::id))
        .select((webhooks::organization_id, webhooks::id, webhooks::events))
        .into_boxed();
    if organization != service || kind.is_of_service() {
        query = query.filter(webhooks::organization_id.eq_any([organization, service]));
    }
    let rows: Vec<(OrganizationId, WebhookId, String)> = query.load(conn)?;
    let asks = |events: &str| events.split(' ').any(|event| event == kind.as_str());
    Ok(rows
        .into_iter()
        .filter(|(.., events)| asks(events))
        .map(|(owner, id, _)| (owner, id))
        .collect())
}

crate::rows! {
    struct Row in deliveries {
        organization_id: OrganizationId,
        webhook_id: WebhookId,
        id: String,
        event: EventKind,
        body: String,
        status: DeliveryStatus,
        attempts: i64,
        due_at: Option<Timestamp>,
        created_at: Timestamp,
    }
}

/// A message to one endpoint.
pub(super) struct Message<'a> {
    pub(super) to: (OrganizationId, WebhookId),
    pub(super) id: MessageId,
    pub(super) event: EventKind,
    pub(super) body: &'a str,
}

/// Writes messages that are due now.
pub(super) fn insert(conn: &mut Conn, messages: &[Message], now: Timestamp) -> Result<()> {
    let row = |message: &Message| Row {
        organization_id: message.to.0,
        webhook_id: message.to.1,
        id: message.id.to_string(),
        event: message.event,
        body: message.body.to_owned(),
        status: DeliveryStatus::Pending,
        attempts: 0,
        due_at: Some(now),
        created_at: now,
    };
    Row::insert(conn, &messages.iter().map(row).collect::<Vec<_>>())
}
