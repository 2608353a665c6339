//! The log's rows.

use diesel::prelude::*;

use super::{Action, Event};
use crate::base::{OrganizationId, Sequence, Timestamp};
use crate::db::schema::audit;
use crate::db::{Conn, Result};

#[derive(Insertable)]
#[diesel(table_name = audit, treat_none_as_default_value = false)]
struct NewLine {
    organization_id: Option<OrganizationId>,
    at: Timestamp,
    actor: String,
    action: Action,
    target: Option<String>,
    occurrences: i64,
    address: Option<String>,
    request_id: Option<String>,
    detail: Option<String>,
    feed_seq: Option<Sequence>,
}

/// Writes an event into the transaction of the deed it tells of.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn record(conn: &mut Conn, event: &Event) -> Result<()> {
    let line = NewLine {
        organization_id: event.organization,
        at: event.at,
        actor: event.actor.to_string(),
        action: event.action,
        target: event.target.clone(),
        occurrences: event.occurrences,
        address: event.address.map(|address| address.to_string()),
        request_id: event.request_id.clone(),
        detail: event.detail.clone(),
        feed_seq: event.entry,
    };
    diesel::insert_into(audit::table)
        .values(&line)
        .execute(conn)?;
    Ok(())
}

/// A line as it is read.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = audit)]
pub struct Line {
    /// Its place in the log.
    pub id: i64,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: String,
    /// What.
    pub action: Action,
    /// To what.
    pub target: Option<String>,
    /// How often.
    pub occurrences: i64,
    /// From where.
    pub address: Option<String>,
    /// In which request.
    pub request_id: Option<String>,
    /// What a reader would ask next.
    pub detail: Option<String>,
    /// The entry of the feed it was written with.
    pub feed_seq: Option<Sequence>,
}

/// Which lines to read, newest first.
#[derive(Debug, Clone, Copy)]
pub struct Page {
    /// Whose.
    pub organization: OrganizationId,
    /// Only this deed.
    pub action: Option<Action>,
    /// Only lines older than this one.
    pub before: Option<i64>,
    /// At most so many.
    pub limit: i64,
}

pub(super) fn page(conn: &mut Conn, page: &Page) -> Result<Vec<Line>> {
    let mut query = audit::table
        .filter(audit::organization_id.eq(page.organization))
        .select(Line::as_select())
        .into_boxed();
    if let Some(before) = page.before {
        query = query.filter(audit::id.lt(before));
    }
    if let Some(action) = page.action {
        query = query.filter(audit::action.eq(action));
    }
    Ok(query.order(audit::id.desc()).limit(page.limit).load(conn)?)
}

/// The deed that wrote an entry of the feed; none: it was forgotten since, or comes from before deeds named their entries.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn of_entry(
    conn: &mut Conn,
    organization: OrganizationId,
    entry: Sequence,
) -> Result<Option<Line>> {
    let line = audit::table
        .filter(audit::feed_seq.eq(entry))
        .filter(
            audit::organization_id
                .eq(organization)
                .or(audit::organization_id.is_null()),
        )
        .select(Line::as_select())
        .first(conn);
    Ok(line.optional()?)
}

/// Deletes at most `limit` lines up to and with `last`, the oldest first; how many there were.
pub(super) fn purge(conn: &mut Conn, last: i64, limit: i64) -> Result<usize> {
    let old: Vec<i64> = audit::table
        .filter(audit::id.le(last))
        .order(audit::id)
        .limit(limit)
        .select(audit::id)
        .load(conn)?;
    Ok(diesel::delete(audit::table.filter(audit::id.eq_any(&old))).execute(conn)?)
}
