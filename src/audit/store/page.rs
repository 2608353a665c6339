//! Reads pages of the audit log.

use std::net::IpAddr;
use std::time::Duration;

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::Line;
use crate::audit::Action;
use crate::base::{Leaf, OrganizationId, Seek, Timestamp};
use crate::db::schema::audit;
use crate::db::{Conn, MultiBackend, Result};

/// The largest number of lines that are read for one page. No index finds lines by address, request,
/// act or time, so such a search goes through all lines from the newest on.
pub const LOOKED_AT: i64 = 20_000;

/// How wrong the clocks of nodes may be for a search that begins at a time.
const SKEW: Duration = Duration::from_hours(24);

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
    /// The organization. `None` for the lines of all, and of the service itself.
    pub organization: Option<OrganizationId>,
    /// Only these lines.
    pub filter: Filter,
    /// Where the page is, by the ids of lines.
    pub seek: Seek<i64>,
    /// At most this many lines.
    pub limit: i64,
}

/// A page of lines.
#[derive(Debug, Clone)]
pub struct Found {
    /// The lines, the newest first, and the pages beside them.
    pub page: Leaf<Line, i64>,
    /// If the page is not full because [`LOOKED_AT`] lines were read: when the last of them was
    /// recorded.
    pub looked_up_to: Option<Timestamp>,
}

/// The condition of the partial index `audit_platform`. SQLite would not use the index with a bound
/// parameter.
const OF_PLATFORM: &str = "(organization_id IS NULL OR substr(target, 1, 13) = 'organization:')";

/// Returns lines of the log, the newest first. Reads at most [`LOOKED_AT`] lines.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn page(conn: &mut Conn, page: &Page) -> Result<Found> {
    read(conn, page, false)
}

/// Like [`page`], for the admins of the platform: the lines of the service itself, and those about an
/// organization as a whole. What happened within an organization is not among them.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn platform_page(conn: &mut Conn, page: &Page) -> Result<Found> {
    read(conn, page, true)
}

fn read(conn: &mut Conn, page: &Page, of_platform: bool) -> Result<Found> {
    // PostgreSQL stores no text with U+0000 and refuses to compare with one, so no line has it.
    let texts = [
        &page.filter.actor,
        &page.filter.target,
        &page.filter.request_id,
    ];
    if texts.into_iter().flatten().any(|text| text.contains('\0')) {
        return Ok(Found {
            page: Leaf::of(Seek::First, Vec::new(), page.limit, |line| line.id),
            looked_up_to: None,
        });
    }
    let newest = match page.filter.to {
        Some(to) => first_after(conn, to.plus(SKEW))?,
        None => None,
    };
    // The last line that is looked at, and the first one behind it.
    let mut part: Vec<(i64, Timestamp)> = Vec::new();
    if is_search(page) {
        part = ordered(indexed(page, newest, of_platform), &page.seek)
            .select((audit::id, audit::at))
            .offset(LOOKED_AT - 1)
            .limit(2)
            .load(conn)?;
    }
    let is_backwards = page.seek.is_backwards();
    let mut query = indexed(page, newest, of_platform);
    if let [(last, _), _] = *part.as_slice() {
        query = if is_backwards {
            query.filter(audit::id.le(last))
        } else {
            query.filter(audit::id.ge(last))
        };
    }
    let lines: Vec<Line> = ordered(narrowed(query, page.filter.clone()), &page.seek)
        .select(Line::as_select())
        .limit(page.limit.saturating_add(1))
        .load(conn)?;
    let is_full = i64::try_from(lines.len()).is_ok_and(|lines| lines > page.limit);
    let rest = match *part.as_slice() {
        // Nothing older can match once the time is that far back.
        [(_, at), _] if !is_backwards && is_before(at, page.filter.from) => None,
        [(last, at), (behind, _)] => Some((if is_backwards { behind } else { last }, at)),
        _ => None,
    };
    Ok(Found {
        page: Leaf::within(
            page.seek,
            lines,
            page.limit,
            rest.map(|(id, _)| id),
            |line| line.id,
        ),
        looked_up_to: rest.map(|(_, at)| at).filter(|_| !is_full),
    })
}

/// Returns the lines that an index finds. `newest` is the id of a line that is too new.
fn indexed(
    page: &Page,
    newest: Option<i64>,
    of_platform: bool,
) -> audit::BoxedQuery<'static, MultiBackend> {
    let mut query = audit::table.into_boxed();
    if of_platform {
        query = query.filter(sql::<Bool>(OF_PLATFORM));
    }
    if let Some(organization) = page.organization {
        query = query.filter(audit::organization_id.eq(organization));
    }
    if let Some(newest) = newest {
        query = query.filter(audit::id.lt(newest));
    }
    query = match page.seek {
        Seek::First => query,
        Seek::After(id) => query.filter(audit::id.lt(id)),
        Seek::UpTo(id) => query.filter(audit::id.ge(id)),
    };
    match (&page.filter.target, &page.filter.actor) {
        (Some(target), _) => match earlier(target) {
            Some(earlier) => query.filter(audit::target.eq_any([target.clone(), earlier])),
            None => query.filter(audit::target.eq(target.clone())),
        },
        (None, Some(actor)) => query.filter(audit::actor.eq(actor.clone())),
        (None, None) => query,
    }
}

/// Returns how another version has written the same target; `None` if it wrote it the same. Lines are
/// never rewritten, since the chain covers them, and earlier versions wrote `api-key:…`.
fn earlier(target: &str) -> Option<String> {
    let (now, before) = ("api_key:", "api-key:");
    let other = |from: &str, to: &str| Some(format!("{to}{}", target.strip_prefix(from)?));
    other(now, before).or_else(|| other(before, now))
}

/// Orders lines in the direction in which they are read.
fn ordered(
    query: audit::BoxedQuery<'static, MultiBackend>,
    seek: &Seek<i64>,
) -> audit::BoxedQuery<'static, MultiBackend> {
    if seek.is_backwards() {
        query.order(audit::id.asc())
    } else {
        query.order(audit::id.desc())
    }
}

/// Whether lines that do not match are read, too.
const fn is_search(page: &Page) -> bool {
    let filter = &page.filter;
    let by_person = filter.actor.is_some() || filter.target.is_some();
    !filter.actions.is_empty()
        || filter.address.is_some()
        || filter.request_id.is_some()
        || filter.from.is_some()
        || filter.to.is_some()
        || (filter.actor.is_some() && filter.target.is_some())
        || (page.organization.is_none() && by_person)
}

fn narrowed(
    mut query: audit::BoxedQuery<'static, MultiBackend>,
    filter: Filter,
) -> audit::BoxedQuery<'static, MultiBackend> {
    if !filter.actions.is_empty() {
        query = query.filter(audit::action.eq_any(filter.actions));
    }
    if let Some(actor) = filter.actor {
        query = query.filter(audit::actor.eq(actor));
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
    query
}

fn is_before(at: Timestamp, from: Option<Timestamp>) -> bool {
    from.is_some_and(|from| at.plus(SKEW) < from)
}

/// Returns the id of the first line that was recorded at a time or later, by the clocks of the nodes.
fn first_after(conn: &mut Conn, at: Timestamp) -> Result<Option<i64>> {
    let first = audit::table
        .filter(audit::at.ge(at))
        .order(audit::at)
        .select(audit::id);
    Ok(first.first(conn).optional()?)
}
