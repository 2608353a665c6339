//! The rows of the audit log.

use std::net::IpAddr;

use diesel::prelude::*;

use super::{Action, Event};
use crate::base::{OrganizationId, Sequence, Timestamp};
use crate::db::schema::audit;
use crate::db::{Conn, Result, Rows};

crate::db::word_column!(Action);

crate::rows! {
    struct NewLine in audit {
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
}

impl From<&Event> for NewLine {
    fn from(event: &Event) -> Self {
        Self {
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
        }
    }
}

/// Records an event in the transaction of the change it describes.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn record(conn: &mut Conn, event: &Event) -> Result<()> {
    record_all(conn, std::slice::from_ref(event))
}

/// Like [`record`], for many events; their lines are in this order.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn record_all(conn: &mut Conn, events: &[Event]) -> Result<()> {
    let lines: Vec<_> = events.iter().map(NewLine::from).collect();
    NewLine::insert(conn, &lines)
}

/// A line, as it is read from the database.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = audit)]
pub struct Line {
    /// Its id; later lines have higher ids.
    pub id: i64,
    /// When it was recorded.
    pub at: Timestamp,
    /// Who did it.
    pub actor: String,
    /// What was done.
    pub action: Action,
    /// The object of the action.
    pub target: Option<String>,
    /// How many similar events it stands for.
    pub occurrences: i64,
    /// The client's IP address.
    pub address: Option<String>,
    /// The id of the request.
    pub request_id: Option<String>,
    /// Details for the reader.
    pub detail: Option<String>,
    /// The entry of the feed written by the same change.
    pub feed_seq: Option<Sequence>,
}

/// What lines must have. Each `None` admits all lines.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// One of these actions. If it is empty, every action.
    pub actions: Vec<Action>,
    /// Who did it.
    pub actor: Option<String>,
    /// The object of the action.
    pub target: Option<String>,
    /// The client's IP address.
    pub address: Option<IpAddr>,
    /// The id of the request.
    pub request_id: Option<String>,
    /// Recorded at this time or later.
    pub from: Option<Timestamp>,
    /// Recorded before this time.
    pub to: Option<Timestamp>,
}

/// Which lines to read. The newest come first.
#[derive(Debug, Clone)]
pub struct Page {
    /// The organization.
    pub organization: OrganizationId,
    /// Only these lines.
    pub filter: Filter,
    /// Only lines older than the one with this id; `None` for all.
    pub before: Option<i64>,
    /// At most this many lines.
    pub limit: i64,
}

/// Returns lines of an organization's log, the newest first.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn page(conn: &mut Conn, page: Page) -> Result<Vec<Line>> {
    let filter = page.filter;
    // PostgreSQL stores no text with U+0000 and refuses to compare with one, so no line has it.
    let texts = [&filter.actor, &filter.target, &filter.request_id];
    if texts.into_iter().flatten().any(|text| text.contains('\0')) {
        return Ok(Vec::new());
    }
    let mut query = audit::table
        .filter(audit::organization_id.eq(page.organization))
        .select(Line::as_select())
        .into_boxed();
    if let Some(before) = page.before {
        query = query.filter(audit::id.lt(before));
    }
    if !filter.actions.is_empty() {
        query = query.filter(audit::action.eq_any(filter.actions));
    }
    if let Some(actor) = filter.actor {
        query = query.filter(audit::actor.eq(actor));
    }
    if let Some(target) = filter.target {
        query = query.filter(audit::target.eq(target));
    }
    if let Some(address) = filter.address {
        query = query.filter(audit::address.eq(address.to_string()));
    }
    if let Some(request_id) = filter.request_id {
        query = query.filter(audit::request_id.eq(request_id));
    }
    if let Some(from) = filter.from {
        query = query.filter(audit::at.ge(from));
    }
    if let Some(to) = filter.to {
        query = query.filter(audit::at.lt(to));
    }
    Ok(query.order(audit::id.desc()).limit(page.limit).load(conn)?)
}

/// Returns the line of the change that wrote an entry of the feed. Returns `None` if the line was
/// purged, or if it was recorded before lines had entries.
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

/// Deletes at most `limit` lines up to and including `last`, the oldest first. Returns their
/// number.
pub(super) fn purge(conn: &mut Conn, last: i64, limit: i64) -> Result<usize> {
    let old: Vec<i64> = audit::table
        .filter(audit::id.le(last))
        .order(audit::id)
        .limit(limit)
        .select(audit::id)
        .load(conn)?;
    Ok(diesel::delete(audit::table.filter(audit::id.eq_any(&old))).execute(conn)?)
}
