//! Lists tokens that are valid, as far as the ledger knows.

use std::sync::Arc;

use diesel::dsl::{exists, not};
use diesel::prelude::*;

use super::Row;
use crate::base::{OperatorId, Seek, Timestamp, TokenId};
use crate::db::schema::{console_sessions, ledger, signing_keys};
use crate::db::{Conn, Result};
use crate::ledger::{Filter, Line, Record};
use crate::token::Kind;

/// Returns tokens that have not expired at `now` and whose key is not revoked, newest first. Console
/// sessions that have ended are left out: their rows are gone. The result may contain revoked tokens:
/// those are in the feed, not in the ledger.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn live(conn: &mut Conn, filter: &Filter, now: Timestamp) -> Result<Vec<Line>> {
    live_of(conn, filter, &Which::Filtered, None, now)
}

/// Which tokens are read, beside what a filter says. It may name a kind, which then decides.
#[derive(Debug, Clone)]
pub(in crate::ledger) enum Which {
    /// Company and operator tokens.
    Filtered,
    /// Every kind but `console`.
    AllKinds,
    /// The tokens of these operators, of every kind but `console`.
    Among(Arc<[OperatorId]>),
}

/// Returns the id that no token of a kind that is valid at `now` is below: its life has a limit, and ids
/// sort by time. `None` if the kind has no limit.
pub(super) fn floor(kind: Kind, now: Timestamp) -> Option<TokenId> {
    let life = kind.longest_life().span()?;
    Some(TokenId::first_at(now.minus(life)))
}

/// Returns the id that no wanted token is below. `None` if there is none.
fn lowest(filter: &Filter, now: Timestamp) -> Option<TokenId> {
    let kind = filter.kind.filter(|_| !filter.narrow.any_state);
    kind.and_then(|kind| floor(kind, now))
}

/// What one read looks at, if it does not look at all lines: the last one, and the first one behind it.
#[derive(Debug, Clone, Copy)]
pub(in crate::ledger) struct Part {
    pub(in crate::ledger) last: TokenId,
    pub(in crate::ledger) behind: TokenId,
    /// When the last one was issued.
    pub(in crate::ledger) at: Timestamp,
}

/// Returns the part of the organization's lines that a read from `seek` looks at: `most` lines, of every
/// kind and whether valid or not. `None` if there are not more.
pub(in crate::ledger) fn part(
    conn: &mut Conn,
    filter: &Filter,
    most: i64,
    now: Timestamp,
) -> Result<Option<Part>> {
    let mut query = ledger::table
        .filter(ledger::organization_id.eq(filter.organization))
        .select((ledger::jti, ledger::issued_at))
        .into_boxed();
    if let Some(floor) = lowest(filter, now) {
        query = query.filter(ledger::jti.ge(floor));
    }
    query = match filter.seek {
        Seek::First => query.order(ledger::jti.desc()),
        Seek::After(jti) => query.filter(ledger::jti.lt(jti)).order(ledger::jti.desc()),
        Seek::UpTo(jti) => query.filter(ledger::jti.ge(jti)).order(ledger::jti.asc()),
    };
    let found: Vec<(TokenId, Timestamp)> = query.offset(most - 1).limit(2).load(conn)?;
    Ok(match *found.as_slice() {
        [(last, at), (behind, _)] => Some(Part { last, behind, at }),
        _ => None,
    })
}

/// Like [`live`], of more kinds or of some operators. With `part`, only lines of that part are looked
/// at.
pub(in crate::ledger) fn live_of(
    conn: &mut Conn,
    filter: &Filter,
    which: &Which,
    part: Option<Part>,
    now: Timestamp,
) -> Result<Vec<Line>> {
    let revoked = signing_keys::table
        .filter(signing_keys::kid.nullable().eq(ledger::kid))
        .filter(signing_keys::revoked_at.is_not_null());
    let session = console_sessions::table
        .filter(console_sessions::organization_id.eq(ledger::organization_id))
        .filter(console_sessions::jti.eq(ledger::jti));
    let mut query = ledger::table
        .filter(ledger::organization_id.eq(filter.organization))
        .select(Row::as_select())
        .into_boxed();
    let narrow = &filter.narrow;
    if !narrow.any_state {
        query = query
            .filter(ledger::expires_at.is_null().or(ledger::expires_at.gt(now)))
            .filter(ledger::ends_at.is_null().or(ledger::ends_at.gt(now)));
    }
    if let Some(parent) = narrow.parent {
        query = query.filter(ledger::parent.eq(parent));
    }
    if let Some(address) = &narrow.address {
        query = query.filter(ledger::address.eq(address));
    }
    if let Some(since) = narrow.unused_since {
        let unused = ledger::last_used_at.is_null();
        query = query
            .filter(ledger::issued_at.lt(since))
            .filter(unused.or(ledger::last_used_at.lt(since)));
    }
    if let Some(floor) = lowest(filter, now) {
        query = query.filter(ledger::jti.ge(floor));
    }
    query = match filter.seek {
        Seek::First => query.order(ledger::jti.desc()),
        Seek::After(jti) => query.filter(ledger::jti.lt(jti)).order(ledger::jti.desc()),
        Seek::UpTo(jti) => query.filter(ledger::jti.ge(jti)).order(ledger::jti.asc()),
    };
    if let Some(Part { last, .. }) = part {
        query = if filter.seek.is_backwards() {
            query.filter(ledger::jti.le(last))
        } else {
            query.filter(ledger::jti.ge(last))
        };
    }
    if let Some(operator) = filter.operator {
        query = query.filter(ledger::operator_id.eq(operator));
    }
    if let Some(client) = &filter.client {
        query = query.filter(ledger::client_id.eq(client));
    }
    if let Which::Among(operators) = which {
        query = query.filter(ledger::operator_id.eq_any(operators.as_ref()));
    }
    query = match (which, filter.kind) {
        (_, Some(kind)) => query.filter(ledger::kind.eq(kind)),
        (Which::Filtered, None) => {
            query.filter(ledger::kind.eq_any([Kind::Company, Kind::Operator]))
        }
        (_, None) => query.filter(ledger::kind.ne(Kind::Console)),
    };
    // These look into other tables, so they come last: SQLite tests a line in this order.
    if !narrow.any_state {
        query = query
            .filter(not(exists(revoked)))
            .filter(ledger::kind.ne(Kind::Console).or(exists(session)));
    }
    let rows: Vec<Row> = query.limit(filter.limit).load(conn)?;
    let line = |row| Record::try_from(row).map(|record| record.line);
    rows.into_iter().map(line).collect()
}
