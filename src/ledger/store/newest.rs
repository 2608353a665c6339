//! The newest lines of an OAuth client, and those of what was issued with one token: each by its own
//! index, and never more than is asked for.

use diesel::alias;
use diesel::dsl::{exists, not};
use diesel::prelude::*;

use super::Row;
use super::live::revoked_key;
use crate::base::{ClientId, OrganizationId, Timestamp, TokenId};
use crate::db::schema::ledger;
use crate::db::{Conn, Result};
use crate::ledger::{Line, Record};
use crate::token::Kind;

/// How much is read.
#[derive(Debug, Clone, Copy)]
pub(in crate::ledger) struct Bounds {
    /// The largest number of lines that are looked at, valid or not.
    pub(in crate::ledger) looked_at: i64,
    /// The largest number of valid lines that are loaded.
    pub(in crate::ledger) loaded: i64,
}

/// The lines that were found, and whether there may be more of them.
pub(in crate::ledger) struct Newest {
    pub(in crate::ledger) lines: Vec<Line>,
    pub(in crate::ledger) or_more: bool,
}

impl Newest {
    fn of(mut rows: Vec<Row>, is_cut: bool, bounds: Bounds) -> Result<Self> {
        let most = usize::try_from(bounds.loaded).unwrap_or_default();
        let or_more = is_cut || rows.len() > most;
        rows.truncate(most);
        let line = |row| Record::try_from(row).map(|record| record.line);
        let lines = rows.into_iter().map(line).collect::<Result<_>>()?;
        Ok(Self { lines, or_more })
    }
}

/// Returns tokens of a client that have not expired at `now` and whose key is not revoked. The result may
/// contain revoked tokens: those are in the feed.
pub(in crate::ledger) fn of_client(
    conn: &mut Conn,
    (organization, client): (OrganizationId, &ClientId),
    bounds: Bounds,
    now: Timestamp,
) -> Result<Newest> {
    // The first line that is not looked at, in the order of the index `ledger_client`.
    let edge: Option<Timestamp> = ledger::table
        .filter(ledger::organization_id.eq(organization))
        .filter(ledger::client_id.eq(client))
        .order(ledger::issued_at.desc())
        .offset(bounds.looked_at)
        .select(ledger::issued_at)
        .first(conn)
        .optional()?;
    let mut query = ledger::table
        .filter(ledger::organization_id.eq(organization))
        .filter(ledger::client_id.eq(client))
        .filter(ledger::kind.eq_any(Kind::OF_A_CLIENT))
        .filter(ledger::expires_at.is_null().or(ledger::expires_at.gt(now)))
        .filter(ledger::ends_at.is_null().or(ledger::ends_at.gt(now)))
        .filter(not(exists(revoked_key())))
        .select(Row::as_select())
        .into_boxed();
    if let Some(edge) = edge {
        query = query.filter(ledger::issued_at.gt(edge));
    }
    let rows = query
        .order(ledger::issued_at.desc())
        .limit(bounds.loaded.saturating_add(1))
        .load(conn)?;
    Newest::of(rows, edge.is_some(), bounds)
}

/// Returns tokens that were issued with a company token or in a console session and have not expired at
/// `now`, and whose key is not revoked. The result may contain revoked tokens: those are in the feed.
pub(in crate::ledger) fn children(
    conn: &mut Conn,
    (organization, parent): (OrganizationId, TokenId),
    bounds: Bounds,
    now: Timestamp,
) -> Result<Newest> {
    let edge: Option<TokenId> = ledger::table
        .filter(ledger::organization_id.eq(organization))
        .filter(ledger::parent.eq(parent))
        .order(ledger::jti.desc())
        .offset(bounds.looked_at)
        .select(ledger::jti)
        .first(conn)
        .optional()?;
    let mut query = ledger::table
        .filter(ledger::organization_id.eq(organization))
        .filter(ledger::expires_at.is_null().or(ledger::expires_at.gt(now)))
        .filter(ledger::ends_at.is_null().or(ledger::ends_at.gt(now)))
        .filter(not(exists(revoked_key())))
        .select(Row::as_select())
        .into_boxed();
    if let Conn::Sqlite(_) = conn {
        // With a condition on the parent, SQLite would look at all lines of the organization, because the
        // primary key has the same order. It reads the ids alone from the index `ledger_parent`.
        let child = alias!(ledger as child);
        let ids = child
            .filter(child.field(ledger::organization_id).eq(organization))
            .filter(child.field(ledger::parent).eq(parent))
            .order(child.field(ledger::jti).desc())
            .limit(bounds.looked_at)
            .select(child.field(ledger::jti));
        query = query.filter(ledger::jti.eq_any(ids));
    } else {
        query = query.filter(ledger::parent.eq(parent));
        if let Some(edge) = edge {
            query = query.filter(ledger::jti.gt(edge));
        }
    }
    let rows = query
        .order(ledger::jti.desc())
        .limit(bounds.loaded.saturating_add(1))
        .load(conn)?;
    Newest::of(rows, edge.is_some(), bounds)
}
