//! Queries for the table `webhooks`.

use diesel::prelude::*;

use super::{Webhook, WebhookStatus};
use crate::base::words::UnknownWord;
use crate::base::{OrganizationId, Timestamp, WebhookId};
use crate::db::schema::{deliveries, webhooks};
use crate::db::{Conn, Error, Result};
use crate::seal::Sealed;

crate::db::word_column!(WebhookStatus);

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = webhooks, treat_none_as_default_value = false)]
struct Row {
    organization_id: OrganizationId,
    id: WebhookId,
    url: String,
    events: String,
    status: WebhookStatus,
    gave_up_at: Option<Timestamp>,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl TryFrom<Row> for Webhook {
    type Error = Error;
    fn try_from(row: Row) -> Result<Self> {
        let unknown =
            |_| Error::Internal(format!("webhook {} subscribes to unknown events", row.id));
        let events: std::result::Result<_, UnknownWord> =
            row.events.split(' ').map(str::parse).collect();
        Ok(Self {
            organization: row.organization_id,
            id: row.id,
            events: events.map_err(unknown)?,
            url: row.url,
            status: row.status,
            gave_up_at: row.gave_up_at,
            created_at: row.created_at,
        })
    }
}

fn words(webhook: &Webhook) -> String {
    let words: Vec<_> = webhook.events.iter().map(|event| event.as_str()).collect();
    words.join(" ")
}

pub(super) fn insert(
    conn: &mut Conn,
    webhook: &Webhook,
    sealed: &Sealed,
    now: Timestamp,
) -> Result<()> {
    let row = Row {
        organization_id: webhook.organization,
        id: webhook.id,
        url: webhook.url.clone(),
        events: words(webhook),
        status: webhook.status,
        gave_up_at: webhook.gave_up_at,
        created_at: webhook.created_at,
        updated_at: now,
    };
    diesel::insert_into(webhooks::table)
        .values((
            &row,
            webhooks::sealed_secret.eq(&sealed.value),
            webhooks::sealed_by.eq(&sealed.by),
        ))
        .execute(conn)?;
    Ok(())
}

pub(super) fn find(
    conn: &mut Conn,
    organization: OrganizationId,
    id: WebhookId,
) -> Result<Option<Webhook>> {
    let row: Option<Row> = webhooks::table
        .find((organization, id))
        .select(Row::as_select())
        .get_result(conn)
        .optional()?;
    row.map(Webhook::try_from).transpose()
}

/// Returns at most `limit` endpoints whose id is greater than `after`, ordered by id.
pub(super) fn page(
    conn: &mut Conn,
    organization: OrganizationId,
    after: WebhookId,
    limit: i64,
) -> Result<Vec<Webhook>> {
    let rows: Vec<Row> = webhooks::table
        .filter(webhooks::organization_id.eq(organization))
        .filter(webhooks::id.gt(after))
        .order(webhooks::id)
        .limit(limit)
        .select(Row::as_select())
        .load(conn)?;
    rows.into_iter().map(Webhook::try_from).collect()
}

/// Returns the number of endpoints of an organization.
///
/// # Errors
/// Returns the errors of the database.
pub fn count(conn: &mut Conn, organization: OrganizationId) -> Result<i64> {
    Ok(webhooks::table
        .filter(webhooks::organization_id.eq(organization))
        .count()
        .get_result(conn)?)
}

/// Updates the columns that the owner may change.
pub(super) fn update(conn: &mut Conn, webhook: &Webhook, now: Timestamp) -> Result<()> {
    diesel::update(webhooks::table.find((webhook.organization, webhook.id)))
        .set((
            webhooks::url.eq(&webhook.url),
            webhooks::events.eq(words(webhook)),
            webhooks::status.eq(webhook.status),
            webhooks::updated_at.eq(now),
        ))
        .execute(conn)?;
    Ok(())
}

pub(super) fn set_status(
    conn: &mut Conn,
    organization: OrganizationId,
    id: WebhookId,
    status: WebhookStatus,
    now: Timestamp,
) -> Result<()> {
    diesel::update(webhooks::table.find((organization, id)))
        .set((webhooks::status.eq(status), webhooks::updated_at.eq(now)))
        .execute(conn)?;
    Ok(())
}

/// Deletes an endpoint with its messages. Returns whether it existed.
pub(super) fn delete(conn: &mut Conn, organization: OrganizationId, id: WebhookId) -> Result<bool> {
    let messages = deliveries::table
        .filter(deliveries::organization_id.eq(organization))
        .filter(deliveries::webhook_id.eq(id));
    diesel::delete(messages).execute(conn)?;
    let rows = diesel::delete(webhooks::table.find((organization, id))).execute(conn)?;
    Ok(rows == 1)
}

/// Returns the sealed secret of an endpoint.
pub(super) fn secret(
    conn: &mut Conn,
    organization: OrganizationId,
    id: WebhookId,
) -> Result<Sealed> {
    let (value, by) = webhooks::table
        .find((organization, id))
        .select((webhooks::sealed_secret, webhooks::sealed_by))
        .get_result(conn)?;
    Ok(Sealed { value, by })
}

/// Stores since when messages are given up; `None` if a message has arrived. Returns whether this
/// changed the row.
pub(super) fn set_gave_up(
    conn: &mut Conn,
    organization: OrganizationId,
    id: WebhookId,
    at: Option<Timestamp>,
) -> Result<bool> {
    let endpoint = webhooks::table.find((organization, id));
    let change = webhooks::gave_up_at.eq(at);
    let rows = if at.is_some() {
        diesel::update(endpoint.filter(webhooks::gave_up_at.is_null()))
            .set(change)
            .execute(conn)?
    } else {
        diesel::update(endpoint.filter(webhooks::gave_up_at.is_not_null()))
            .set(change)
            .execute(conn)?
    };
    Ok(rows == 1)
}
