//! The queries that write messages.

use diesel::prelude::*;

use super::{DeliveryStatus, EventKind};
use crate::base::{OrganizationId, Timestamp, WebhookId};
use crate::db::schema::{deliveries, webhooks};
use crate::db::{Conn, Result};

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

pub(super) fn insert(
    conn: &mut Conn,
    (owner, webhook): (OrganizationId, WebhookId),
    id: &str,
    event: EventKind,
    body: &str,
    now: Timestamp,
) -> Result<()> {
    diesel::insert_into(deliveries::table)
        .values((
            deliveries::organization_id.eq(owner),
            deliveries::webhook_id.eq(webhook),
            deliveries::id.eq(id),
            deliveries::event.eq(event),
            deliveries::body.eq(body),
            deliveries::status.eq(DeliveryStatus::Pending),
            deliveries::attempts.eq(0),
            deliveries::due_at.eq(now),
            deliveries::created_at.eq(now),
        ))
        .execute(conn)?;
    Ok(())
}
