//! The rows of the audit log. `store/` has the queries that read pages, that seal and purge the
//! chain, and that erase.

pub(super) mod chain;
pub(super) mod erase;
mod page;

pub use page::{Filter, Found, LOOKED_AT, Page, page, platform_page};

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
            detail: match event.through {
                Some(through) => Some(through.after(event.detail.as_deref())),
                None => event.detail.clone(),
            },
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
