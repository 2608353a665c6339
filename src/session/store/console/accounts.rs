//! The console sessions of an account or of an organization: lists them, removes them, counts them.
//!
//! A transaction that removes several sessions removes them one by one, in the order of their ids. On
//! PostgreSQL two transactions that remove the same rows wait for each other: with two different orders
//! that would be a deadlock.

use diesel::prelude::*;

use super::{Row, table};
use crate::base::{Digest, OperatorId, OrganizationId, Timestamp, TokenId};
use crate::db::schema::ended_console_sessions as ended;
use crate::db::{Conn, Result, end_console_session};
use crate::session::console::ConsoleSession;
use crate::session::{Lives, SessionState};

/// Returns sessions of an organization that were used after the first instant and began after the
/// second, the latest used first. `account`: only those of this operator, or of the organization
/// itself (`Some(None)`).
pub(in crate::session) fn list(
    conn: &mut Conn,
    organization: OrganizationId,
    account: Option<Option<OperatorId>>,
    (seen_after, begun_after): (Timestamp, Timestamp),
    limit: i64,
) -> Result<Vec<ConsoleSession>> {
    let mut query = table::table
        .filter(table::organization_id.eq(organization))
        .filter(table::state.eq(SessionState::SignedIn))
        .filter(table::last_seen_at.gt(seen_after))
        .filter(table::signed_in_at.gt(begun_after))
        .select(Row::as_select())
        .into_boxed();
    query = match account {
        None => query,
        Some(None) => query.filter(table::operator_id.is_null()),
        Some(Some(operator)) => query.filter(table::operator_id.eq(operator)),
    };
    let rows: Vec<Row> = query
        .order((table::last_seen_at.desc(), table::jti))
        .limit(limit)
        .load(conn)?;
    Ok(rows.into_iter().map(ConsoleSession::from).collect())
}

/// Returns the ids of all sessions of an account, valid or not, ordered by id.
pub(in crate::session) fn ids_of(
    conn: &mut Conn,
    organization: OrganizationId,
    account: Option<OperatorId>,
) -> Result<Vec<TokenId>> {
    let mut query = table::table
        .filter(table::organization_id.eq(organization))
        .select(table::jti)
        .into_boxed();
    query = match account {
        None => query.filter(table::operator_id.is_null()),
        Some(operator) => query.filter(table::operator_id.eq(operator)),
    };
    let ids: Vec<TokenId> = query.order(table::jti).load(conn)?;
    Ok(ids)
}

/// Returns a session of an organization, valid or not, by its id. `None` if there is none.
pub(in crate::session) fn by_id(
    conn: &mut Conn,
    organization: OrganizationId,
    jti: TokenId,
) -> Result<Option<ConsoleSession>> {
    let row: Option<Row> = table::table
        .filter(table::organization_id.eq(organization))
        .filter(table::jti.eq(jti))
        .select(Row::as_select())
        .first(conn)
        .optional()?;
    Ok(row.map(ConsoleSession::from))
}

/// Returns the account of a session that an act has ended. `None` if no such session is known.
pub(in crate::session) fn account_of_ended(
    conn: &mut Conn,
    cookie: &Digest,
) -> Result<Option<(OrganizationId, Option<OperatorId>)>> {
    Ok(ended::table
        .find(cookie)
        .select((ended::organization_id, ended::operator_id))
        .first(conn)
        .optional()?)
}

/// Removes the sessions of an operator, except the one with the id `spared`. Returns them.
pub(in crate::session) fn remove_others(
    conn: &mut Conn,
    organization: OrganizationId,
    operator: OperatorId,
    spared: TokenId,
) -> Result<Vec<ConsoleSession>> {
    let rows: Vec<Row> = table::table
        .filter(table::organization_id.eq(organization))
        .filter(table::operator_id.eq(operator))
        .filter(table::jti.ne(spared))
        .order(table::jti)
        .select(Row::as_select())
        .load(conn)?;
    let mut removed = Vec::new();
    for row in rows {
        if end_console_session(conn, organization, row.jti)? {
            removed.push(ConsoleSession::from(row));
        }
    }
    Ok(removed)
}

/// Returns the number of sessions whose person has signed in and whose times have not passed.
pub(in crate::session) fn count_open(conn: &mut Conn, lives: Lives, now: Timestamp) -> Result<i64> {
    Ok(table::table
        .filter(table::last_seen_at.gt(now.minus(lives.idle)))
        .filter(table::signed_in_at.gt(now.minus(lives.lifetime)))
        .filter(table::state.eq(SessionState::SignedIn))
        .count()
        .get_result(conn)?)
}

/// Deletes at most `limit` sessions that were last used before `seen_before`. Returns the number
/// that was found.
pub(in crate::session) fn purge(
    conn: &mut Conn,
    seen_before: Timestamp,
    limit: i64,
) -> Result<usize> {
    let mut old: Vec<(TokenId, Digest)> = table::table
        .filter(table::last_seen_at.lt(seen_before))
        .order(table::last_seen_at)
        .limit(limit)
        .select((table::jti, table::digest))
        .load(conn)?;
    old.sort_by_key(|(jti, _)| *jti);
    for (_, digest) in &old {
        // It may have been used since the query.
        let idle = table::last_seen_at.lt(seen_before);
        diesel::delete(table::table.find(digest).filter(idle)).execute(conn)?;
    }
    Ok(old.len())
}

/// Forgets whose at most `limit` ended sessions were that were last used before `seen_before`. Returns
/// the number.
pub(in crate::session) fn purge_ended(
    conn: &mut Conn,
    seen_before: Timestamp,
    limit: i64,
) -> Result<usize> {
    let old: Vec<Digest> = ended::table
        .filter(ended::last_seen_at.lt(seen_before))
        .order(ended::last_seen_at)
        .limit(limit)
        .select(ended::digest)
        .load(conn)?;
    Ok(diesel::delete(ended::table.filter(ended::digest.eq_any(old))).execute(conn)?)
}
