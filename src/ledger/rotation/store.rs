//! Queries for rotation.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::super::Record;
use super::super::store::Row;
use super::{Handover, Unrotated};
use crate::base::{OrganizationId, Timestamp, TokenId};
use crate::db::schema::ledger;
use crate::db::{Conn, Result};

/// Returns company tokens that were not rotated, have no expiry from rotation, and have not expired
/// at `now`.
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
        .filter(ledger::ends_at.is_null())
        .filter(ledger::expires_at.is_null().or(ledger::expires_at.gt(now)))
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

/// Records when a company token expires because it was not rotated.
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
