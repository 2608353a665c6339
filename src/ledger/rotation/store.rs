//! Queries for rotation.

use std::collections::HashSet;

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::super::store::{Row, find};
use super::super::{Label, Record};
use super::{Handover, Unrotated, Wanted};
use crate::base::{OrganizationId, Seek, TimeKey, Timestamp, TokenId};
use crate::db::schema::ledger;
use crate::db::{Conn, Result};
use crate::token::Kind;

/// Returns company tokens that were not rotated and have not expired at `now`. The result contains
/// tokens with an end in the future: the end that somebody gave a token may be later than the one
/// that the organization enforces.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn unrotated(conn: &mut Conn, which: &Unrotated, now: Timestamp) -> Result<Vec<Record>> {
    let mut query = ledger::table
        .filter(ledger::organization_id.eq(which.organization))
        // Written out as in the partial index: SQLite does not use that index for a bound
        // parameter.
        .filter(sql::<Bool>("ledger.kind = 'company'"))
        .filter(ledger::issued_at.le(which.issued_by))
        .filter(ledger::successor.is_null())
        .filter(ledger::expires_at.is_null().or(ledger::expires_at.gt(now)))
        .filter(ledger::ends_at.is_null().or(ledger::ends_at.gt(now)))
        .select(Row::as_select())
        .into_boxed();
    if let Some((issued_at, jti)) = which.after {
        let later = ledger::issued_at.gt(issued_at);
        query = query.filter(later.or(ledger::issued_at.eq(issued_at).and(ledger::jti.gt(jti))));
    }
    let rows: Vec<Row> = query
        .order((ledger::issued_at, ledger::jti))
        .limit(which.limit)
        .load(conn)?;
    rows.into_iter().map(Record::try_from).collect()
}

/// Returns company tokens that have not expired at `now`, in the direction in which they are read. The
/// result may contain revoked tokens.
///
/// # Errors
/// Returns an error if the database call fails.
pub(in crate::ledger) fn company_tokens(
    conn: &mut Conn,
    wanted: &Wanted,
    now: Timestamp,
) -> Result<Vec<Record>> {
    let mut query = ledger::table
        .filter(ledger::organization_id.eq(wanted.organization))
        // As in `unrotated`.
        .filter(sql::<Bool>("ledger.kind = 'company'"))
        .filter(ledger::expires_at.is_null().or(ledger::expires_at.gt(now)))
        .filter(ledger::ends_at.is_null().or(ledger::ends_at.gt(now)))
        .select(Row::as_select())
        .into_boxed();
    if let Some(issued_by) = wanted.unrotated_since {
        query = query
            .filter(ledger::issued_at.le(issued_by))
            .filter(ledger::successor.is_null());
    }
    let newest_first = (ledger::issued_at.desc(), ledger::jti.desc());
    query = match wanted.seek {
        Seek::First => query.order(newest_first),
        Seek::After(TimeKey { at, id }) => {
            let same = ledger::issued_at.eq(at).and(ledger::jti.lt(id));
            // The first filter lets the index find the start.
            query
                .filter(ledger::issued_at.le(at))
                .filter(ledger::issued_at.lt(at).or(same))
                .order(newest_first)
        }
        Seek::UpTo(TimeKey { at, id }) => {
            let same = ledger::issued_at.eq(at).and(ledger::jti.ge(id));
            query
                .filter(ledger::issued_at.ge(at))
                .filter(ledger::issued_at.gt(at).or(same))
                .order((ledger::issued_at, ledger::jti))
        }
    };
    let rows: Vec<Row> = query.limit(wanted.limit).load(conn)?;
    rows.into_iter().map(Record::try_from).collect()
}

/// Returns the company tokens that were issued in a console session, and their successors. A
/// successor that was issued in another session names that one as its parent.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn issued_in(
    conn: &mut Conn,
    organization: OrganizationId,
    session: TokenId,
) -> Result<Vec<Record>> {
    let rows: Vec<Row> = ledger::table
        .filter(ledger::organization_id.eq(organization))
        .filter(ledger::parent.eq(session))
        .filter(ledger::kind.eq(Kind::Company))
        .order(ledger::jti)
        .select(Row::as_select())
        .load(conn)?;
    let mut found: Vec<Record> = rows
        .into_iter()
        .map(Record::try_from)
        .collect::<Result<_>>()?;
    let mut known: HashSet<TokenId> = found.iter().map(|record| record.line.claims.jti).collect();
    let mut seen = 0;
    while let Some(record) = found.get(seen) {
        seen += 1;
        if let Some(Handover { successor, .. }) = record.line.handover
            && known.insert(successor)
        {
            found.extend(find(conn, organization, successor)?);
        }
    }
    Ok(found)
}

/// Writes the label and the note of a token that the caller's transaction has inserted.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn describe(
    conn: &mut Conn,
    (organization, jti): (OrganizationId, TokenId),
    label: Option<&Label>,
    note: Option<&Label>,
) -> Result<()> {
    diesel::update(ledger::table.find((organization, jti)))
        .set((
            ledger::label.eq(label.map(Label::as_str)),
            ledger::note.eq(note.map(Label::as_str)),
        ))
        .execute(conn)?;
    Ok(())
}

/// Sets the label of a company token; `None` removes it.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn label(
    conn: &mut Conn,
    (organization, jti): (OrganizationId, TokenId),
    label: Option<&Label>,
) -> Result<()> {
    diesel::update(ledger::table.find((organization, jti)))
        .set(ledger::label.eq(label.map(Label::as_str)))
        .execute(conn)?;
    Ok(())
}

/// Records that a company token was rotated, and when it expires because of that.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn hand_over(
    conn: &mut Conn,
    organization: OrganizationId,
    jti: TokenId,
    handover: Handover,
    end: Timestamp,
) -> Result<()> {
    diesel::update(ledger::table.find((organization, jti)))
        .set((
            ledger::successor.eq(handover.successor),
            ledger::rotated_at.eq(handover.at),
            ledger::ends_at.eq(end),
        ))
        .execute(conn)?;
    Ok(())
}

/// Records when a company token expires because it was not rotated, or because it was retired.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn end(
    conn: &mut Conn,
    organization: OrganizationId,
    jti: TokenId,
    end: Timestamp,
) -> Result<()> {
    diesel::update(ledger::table.find((organization, jti)))
        .set(ledger::ends_at.eq(end))
        .execute(conn)?;
    Ok(())
}

/// Records that the audit log has a line about a company token that is due for rotation.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn report_due(
    conn: &mut Conn,
    organization: OrganizationId,
    jti: TokenId,
    now: Timestamp,
) -> Result<()> {
    diesel::update(ledger::table.find((organization, jti)))
        .set(ledger::due_reported_at.eq(now))
        .execute(conn)?;
    Ok(())
}
