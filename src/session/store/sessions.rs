//! The table `browser_sessions`. A session is found by the digest of its cookie.
//!
//! A transaction that removes several sessions removes them one by one, in the order of their digests.
//! On PostgreSQL two transactions that remove the same rows wait for each other: with two different
//! orders that would be a deadlock.

use std::time::Duration;

use diesel::prelude::*;

use super::super::{BrowserSession, Lives, SessionState};
use crate::base::{Digest, OperatorId, OrganizationId, Sequence, Timestamp, TokenId};
use crate::db::schema::browser_sessions as table;
use crate::db::{Conn, Result};

crate::db::word_column!(SessionState);

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = table, treat_none_as_default_value = false)]
struct Row {
    digest: Digest,
    sid: TokenId,
    organization_id: OrganizationId,
    operator_id: OperatorId,
    rev: Sequence,
    state: SessionState,
    amr: String,
    signed_in_at: Timestamp,
    last_seen_at: Timestamp,
    address: Option<String>,
}

impl From<Row> for BrowserSession {
    fn from(row: Row) -> Self {
        Self {
            sid: row.sid,
            organization: row.organization_id,
            operator: row.operator_id,
            rev: row.rev,
            state: row.state,
            amr: row.amr,
            signed_in_at: row.signed_in_at,
            last_seen_at: row.last_seen_at,
        }
    }
}

/// Returns the session of a browser, valid or not. `None` if there is none.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn find(conn: &mut Conn, browser: &Digest) -> Result<Option<BrowserSession>> {
    let row: Option<Row> = table::table
        .find(browser)
        .select(Row::as_select())
        .first(conn)
        .optional()?;
    Ok(row.map(BrowserSession::from))
}

/// Stores a new session. `address` is that of the browser.
pub(in crate::session) fn insert(
    conn: &mut Conn,
    browser: Digest,
    session: &BrowserSession,
    address: Option<String>,
) -> Result<()> {
    diesel::insert_into(table::table)
        .values(Row {
            digest: browser,
            sid: session.sid,
            organization_id: session.organization,
            operator_id: session.operator,
            rev: session.rev,
            state: session.state,
            amr: session.amr.clone(),
            signed_in_at: session.signed_in_at,
            last_seen_at: session.last_seen_at,
            address,
        })
        .execute(conn)?;
    Ok(())
}

/// Removes the session of a browser. Returns whether there was one.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn remove(conn: &mut Conn, browser: &Digest) -> Result<bool> {
    Ok(diesel::delete(table::table.find(browser)).execute(conn)? == 1)
}

/// Removes the sessions of an operator, except the one with the id `spared`. Returns them.
pub(in crate::session) fn remove_others(
    conn: &mut Conn,
    organization: OrganizationId,
    operator: OperatorId,
    spared: TokenId,
) -> Result<Vec<BrowserSession>> {
    let rows: Vec<Row> = table::table
        .filter(table::organization_id.eq(organization))
        .filter(table::operator_id.eq(operator))
        .filter(table::sid.ne(spared))
        .order(table::digest)
        .select(Row::as_select())
        .load(conn)?;
    let mut removed = Vec::new();
    for row in rows {
        if remove(conn, &row.digest)? {
            removed.push(BrowserSession::from(row));
        }
    }
    Ok(removed)
}

/// Writes down that a browser was seen, unless that was written down less than `every` ago.
pub(in crate::session) fn touch(
    conn: &mut Conn,
    browser: &Digest,
    every: Duration,
    now: Timestamp,
) -> Result<()> {
    let own = table::table.find(browser);
    diesel::update(own.filter(table::last_seen_at.le(now.minus(every))))
        .set(table::last_seen_at.eq(now))
        .execute(conn)?;
    Ok(())
}

/// Returns the number of sessions whose operator has signed in and whose times have not passed.
pub(in crate::session) fn count_open(conn: &mut Conn, lives: Lives, now: Timestamp) -> Result<i64> {
    Ok(table::table
        .filter(table::last_seen_at.gt(now.minus(lives.idle)))
        .filter(table::signed_in_at.gt(now.minus(lives.lifetime)))
        .filter(table::state.eq(SessionState::SignedIn))
        .count()
        .get_result(conn)?)
}

/// Deletes at most `limit` sessions that were last seen before `seen_before`. Returns the number
/// that was found.
pub(in crate::session) fn purge_sessions(
    conn: &mut Conn,
    seen_before: Timestamp,
    limit: i64,
) -> Result<usize> {
    let mut old: Vec<Digest> = table::table
        .filter(table::last_seen_at.lt(seen_before))
        .order(table::last_seen_at)
        .limit(limit)
        .select(table::digest)
        .load(conn)?;
    old.sort_unstable_by_key(|digest| digest.0);
    for digest in &old {
        // The browser may have been seen since the query.
        let idle = table::last_seen_at.lt(seen_before);
        diesel::delete(table::table.find(digest).filter(idle)).execute(conn)?;
    }
    Ok(old.len())
}
