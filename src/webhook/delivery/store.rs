//! Queries for the table `deliveries`.

use diesel::dsl::{exists, min};
use diesel::prelude::*;

use super::{Delivery, LONGEST_WAIT};
use crate::base::{OrganizationId, Seek, Timestamp, WebhookId};
use crate::db::schema::deliveries;
use crate::db::{Conn, Result};
use crate::outbox::{DeliveryStatus, EventKind, MessageId};

/// An endpoint: the organization that owns it, and its id.
pub(super) type Endpoint = (OrganizationId, WebhookId);

/// A message that is reserved for one attempt.
pub(super) struct Attempt {
    pub(super) to: Endpoint,
    pub(super) id: String,
    pub(super) body: String,
    /// The number of this attempt, from 1.
    pub(super) number: i64,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = deliveries)]
struct Row {
    id: String,
    event: EventKind,
    status: DeliveryStatus,
    attempts: i64,
    due_at: Option<Timestamp>,
    attempted_at: Option<Timestamp>,
    outcome: Option<String>,
    created_at: Timestamp,
    body: String,
}

impl From<Row> for Delivery {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            event: row.event,
            status: row.status,
            attempts: row.attempts,
            due_at: row.due_at,
            attempted_at: row.attempted_at,
            outcome: row.outcome,
            created_at: row.created_at,
            body: row.body,
        }
    }
}

/// Returns at most `limit` messages of an endpoint, in the direction in which they are read. The list
/// begins with the newest.
///
/// # Errors
/// Returns the errors of the database.
pub fn deliveries(
    conn: &mut Conn,
    (organization, webhook): (OrganizationId, WebhookId),
    seek: Seek<MessageId>,
    limit: i64,
) -> Result<Vec<Delivery>> {
    let mut query = deliveries::table
        .filter(deliveries::organization_id.eq(organization))
        .filter(deliveries::webhook_id.eq(webhook))
        .select(Row::as_select())
        .into_boxed();
    let id = deliveries::id;
    query = match seek {
        Seek::First => query.order(id.desc()),
        Seek::After(key) => query.filter(id.lt(key.to_string())).order(id.desc()),
        Seek::UpTo(key) => query.filter(id.ge(key.to_string())).order(id.asc()),
    };
    let rows: Vec<Row> = query.limit(limit).load(conn)?;
    Ok(rows.into_iter().map(Delivery::from).collect())
}

/// Whether a message is due: its time has come, or is further ahead than the longest wait. A clock
/// that was ahead has then written it.
#[diesel::dsl::auto_type]
fn is_due(now: Timestamp) -> _ {
    let beyond: Timestamp = now.plus(LONGEST_WAIT);
    deliveries::due_at.le(now).or(deliveries::due_at.gt(beyond))
}

/// Returns the endpoints that have due messages, those that have waited longest first.
pub(super) fn due(conn: &mut Conn, now: Timestamp, limit: i64) -> Result<Vec<Endpoint>> {
    Ok(deliveries::table
        .filter(is_due(now))
        .group_by((deliveries::organization_id, deliveries::webhook_id))
        .order(min(deliveries::due_at))
        .limit(limit)
        .select((deliveries::organization_id, deliveries::webhook_id))
        .load(conn)?)
}

/// Reserves the due message of the endpoint that has waited longest; `None` if none is due. The
/// message is due again at `again` if no outcome is stored until then.
pub(super) fn take(
    conn: &mut Conn,
    to: Endpoint,
    now: Timestamp,
    again: Timestamp,
) -> Result<Option<Attempt>> {
    let (organization, webhook) = to;
    let found: Option<(String, String, i64)> = deliveries::table
        .filter(deliveries::organization_id.eq(organization))
        .filter(deliveries::webhook_id.eq(webhook))
        .filter(is_due(now))
        .order((deliveries::due_at, deliveries::id))
        .select((deliveries::id, deliveries::body, deliveries::attempts))
        .first(conn)
        .optional()?;
    let Some((id, body, attempts)) = found else {
        return Ok(None);
    };
    diesel::update(deliveries::table.find((organization, webhook, &id)))
        .set((
            deliveries::attempts.eq(attempts + 1),
            deliveries::attempted_at.eq(now),
            deliveries::due_at.eq(again),
        ))
        .execute(conn)?;
    Ok(Some(Attempt {
        to,
        id,
        body,
        number: attempts + 1,
    }))
}

/// Stores the outcome of an attempt, unless another attempt at the message has begun since. Returns
/// whether it was stored.
pub(super) fn settle(
    conn: &mut Conn,
    attempt: &Attempt,
    status: DeliveryStatus,
    due_at: Option<Timestamp>,
    outcome: &str,
) -> Result<bool> {
    let (organization, webhook) = attempt.to;
    let own = deliveries::table
        .find((organization, webhook, &attempt.id))
        .filter(deliveries::status.eq(DeliveryStatus::Pending))
        .filter(deliveries::attempts.eq(attempt.number));
    let rows = diesel::update(own)
        .set((
            deliveries::status.eq(status),
            deliveries::due_at.eq(due_at),
            deliveries::outcome.eq(outcome),
        ))
        .execute(conn)?;
    Ok(rows == 1)
}

/// Gives up every pending message to an endpoint.
pub(in crate::webhook) fn abandon(
    conn: &mut Conn,
    (organization, webhook): Endpoint,
    why: &str,
) -> Result<()> {
    let waiting = deliveries::table
        .filter(deliveries::organization_id.eq(organization))
        .filter(deliveries::webhook_id.eq(webhook))
        .filter(deliveries::status.eq(DeliveryStatus::Pending));
    diesel::update(waiting)
        .set((
            deliveries::status.eq(DeliveryStatus::Failed),
            deliveries::due_at.eq(None::<Timestamp>),
            deliveries::outcome.eq(why),
        ))
        .execute(conn)?;
    Ok(())
}

/// Makes messages of an endpoint that were given up due at `now`: the one with the id `message`, or all
/// of them. Returns their number; `None` if the endpoint has no message with that id.
pub(in crate::webhook) fn retry(
    conn: &mut Conn,
    (organization, webhook): Endpoint,
    message: Option<MessageId>,
    now: Timestamp,
) -> Result<Option<usize>> {
    let failed = deliveries::table
        .filter(deliveries::organization_id.eq(organization))
        .filter(deliveries::webhook_id.eq(webhook))
        .filter(deliveries::status.eq(DeliveryStatus::Failed));
    let again = (
        deliveries::status.eq(DeliveryStatus::Pending),
        deliveries::due_at.eq(now),
    );
    let Some(message) = message.map(|id| id.to_string()) else {
        return Ok(Some(diesel::update(failed).set(again).execute(conn)?));
    };
    let rows = diesel::update(failed.filter(deliveries::id.eq(&message)))
        .set(again)
        .execute(conn)?;
    let own = deliveries::table.find((organization, webhook, &message));
    let is_there: bool = rows == 1 || diesel::select(exists(own)).get_result(conn)?;
    Ok(is_there.then_some(rows))
}

/// Deletes at most `limit` settled messages that were written before `horizon`. Returns the number
/// of deleted messages.
pub(in crate::webhook) fn purge(conn: &mut Conn, horizon: Timestamp, limit: i64) -> Result<usize> {
    let old: Vec<String> = deliveries::table
        .filter(deliveries::created_at.lt(horizon))
        .filter(deliveries::due_at.is_null())
        .order(deliveries::created_at)
        .limit(limit)
        .select(deliveries::id)
        .load(conn)?;
    let old = deliveries::table
        .filter(deliveries::created_at.lt(horizon))
        .filter(deliveries::id.eq_any(&old));
    Ok(diesel::delete(old).execute(conn)?)
}
