//! Lists tokens that are valid, as far as the ledger knows.

use std::sync::Arc;

use diesel::dsl::{exists, not, sql};
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::Row;
use crate::base::{OperatorId, Seek, Timestamp, TokenId};
use crate::db::schema::{console_sessions, ledger, signing_keys};
use crate::db::{Conn, MultiBackend, Result};
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

/// Which tokens are read, beside what a filter says. If the filter names a kind, only that kind is read.
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

/// Returns the query for the revoked key that signed a line of the ledger, if there is one. It stands in
/// an `EXISTS`, after conditions on the line itself: SQLite tests them in their order.
#[diesel::dsl::auto_type]
pub(super) fn revoked_key() -> _ {
    signing_keys::table
        .filter(signing_keys::kid.nullable().eq(ledger::kid))
        .filter(signing_keys::revoked_at.is_not_null())
}

/// What one read looks at, if it does not look at all lines: the last one, and the first one behind it.
#[derive(Debug, Clone, Copy)]
pub(in crate::ledger) struct Part {
    pub(in crate::ledger) last: TokenId,
    pub(in crate::ledger) behind: TokenId,
    /// When the last one was issued.
    pub(in crate::ledger) at: Timestamp,
}

/// Returns the part of the organization's lines that a read from `seek` looks at: `most` lines, whether
/// wanted or not, of those that [`indexed`] finds. `None` if there are not more.
pub(in crate::ledger) fn part(
    conn: &mut Conn,
    filter: &Filter,
    most: i64,
    now: Timestamp,
) -> Result<Option<Part>> {
    let found: Vec<(TokenId, Timestamp)> = indexed(filter, now)
        .select((ledger::jti, ledger::issued_at))
        .offset(most - 1)
        .limit(2)
        .load(conn)?;
    Ok(match *found.as_slice() {
        [(last, at), (behind, _)] => Some(Part { last, behind, at }),
        _ => None,
    })
}

/// Whether an index other than the primary key finds the wanted lines: that of company tokens, or that
/// of the tokens of a client. Both are ordered by the time of issue. An id begins with this time, so the
/// order is the same as that of the ids.
fn has_index(filter: &Filter) -> bool {
    filter.client.is_some() || filter.kind == Some(Kind::Company)
}

/// Returns the lines that an index finds, ordered in the direction of reading.
fn indexed(filter: &Filter, now: Timestamp) -> ledger::BoxedQuery<'static, MultiBackend> {
    let mut query = ledger::table
        .filter(ledger::organization_id.eq(filter.organization))
        .into_boxed();
    if let Some(client) = &filter.client {
        query = query.filter(ledger::client_id.eq(client.clone()));
    }
    if filter.kind == Some(Kind::Company) {
        // Written out as in the partial index: SQLite does not use that index for a bound parameter.
        query = query.filter(sql::<Bool>("ledger.kind = 'company'"));
    }
    query = match filter.seek {
        Seek::First => query,
        Seek::After(jti) => query.filter(ledger::jti.lt(jti)),
        Seek::UpTo(jti) => query.filter(ledger::jti.ge(jti)),
    };
    // No wanted token is below this id.
    let kind = filter.kind.filter(|_| !filter.narrow.any_state);
    let floor = kind.and_then(|kind| floor(kind, now));
    if let Some(floor) = floor {
        query = query.filter(ledger::jti.ge(floor));
    }
    if !has_index(filter) {
        return if filter.seek.is_backwards() {
            query.order(ledger::jti.asc())
        } else {
            query.order(ledger::jti.desc())
        };
    }
    if let Some(floor) = floor {
        query = query.filter(ledger::issued_at.ge(floor.time().whole_second()));
    }
    match filter.seek {
        Seek::First => query.order((ledger::issued_at.desc(), ledger::jti.desc())),
        Seek::After(jti) => query
            .filter(ledger::issued_at.le(jti.time()))
            .order((ledger::issued_at.desc(), ledger::jti.desc())),
        Seek::UpTo(jti) => query
            .filter(ledger::issued_at.ge(jti.time().whole_second()))
            .order((ledger::issued_at.asc(), ledger::jti.asc())),
    }
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
    let session = console_sessions::table
        .filter(console_sessions::organization_id.eq(ledger::organization_id))
        .filter(console_sessions::jti.eq(ledger::jti));
    let mut query = indexed(filter, now).select(Row::as_select());
    if let Some(Part { last, at, .. }) = part {
        query = if filter.seek.is_backwards() {
            query.filter(ledger::jti.le(last))
        } else {
            query.filter(ledger::jti.ge(last))
        };
        if has_index(filter) {
            query = if filter.seek.is_backwards() {
                query.filter(ledger::issued_at.le(at))
            } else {
                query.filter(ledger::issued_at.ge(at))
            };
        }
    }
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
        query = query.filter(ledger::address.eq(address.clone()));
    }
    if let Some(since) = narrow.unused_since {
        let unused = ledger::last_used_at.is_null();
        query = query
            .filter(ledger::issued_at.lt(since))
            .filter(unused.or(ledger::last_used_at.lt(since)));
    }
    if let Some(operator) = filter.operator {
        query = query.filter(ledger::operator_id.eq(operator));
    }
    if let Which::Among(operators) = which {
        query = query.filter(ledger::operator_id.eq_any(operators.to_vec()));
    }
    query = match (which, filter.kind) {
        // `indexed` finds nothing else.
        (_, Some(Kind::Company)) => query,
        (_, Some(kind)) => query.filter(ledger::kind.eq(kind)),
        (Which::Filtered, None) => {
            query.filter(ledger::kind.eq_any([Kind::Company, Kind::Operator]))
        }
        (_, None) => query.filter(ledger::kind.ne(Kind::Console)),
    };
    // These look into other tables, so they come last: SQLite tests a line in this order.
    if !narrow.any_state {
        query = query
            .filter(not(exists(revoked_key())))
            .filter(ledger::kind.ne(Kind::Console).or(exists(session)));
    }
    let rows: Vec<Row> = query.limit(filter.limit).load(conn)?;
    let line = |row| Record::try_from(row).map(|record| record.line);
    rows.into_iter().map(line).collect()
}
