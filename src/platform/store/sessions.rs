//! The table `platform_sessions`.
//!
//! A transaction that removes several sessions removes them one by one, in the order of their ids. On
//! PostgreSQL two transactions that remove the same rows wait for each other: with two different orders
//! that would be a deadlock.

use std::time::Duration;

use diesel::prelude::*;

use super::super::platform_session::SessionState;
use super::super::{Found, PlatformSession};
use crate::base::{Digest, PlatformAdminId, Timestamp, TokenId};
use crate::db::schema::{
    ended_platform_sessions as ended, platform_admins, platform_sessions as table,
};
use crate::db::{Conn, Result};

#[derive(Queryable, Selectable)]
#[diesel(table_name = table)]
struct Row {
    id: TokenId,
    admin_id: PlatformAdminId,
    state: SessionState,
    signed_in_at: Timestamp,
    last_seen_at: Timestamp,
    authenticated_at: Timestamp,
    address: Option<String>,
    agent: Option<String>,
}

impl From<Row> for PlatformSession {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            admin: row.admin_id,
            state: row.state,
            signed_in_at: row.signed_in_at,
            last_seen_at: row.last_seen_at,
            authenticated_at: row.authenticated_at,
            address: row.address,
            agent: row.agent,
        }
    }
}

/// Returns a session, valid or not, with its admin. `None` if there is none, or if its admin was
/// removed.
pub(in crate::platform) fn session(conn: &mut Conn, cookie: &Digest) -> Result<Option<Found>> {
    let row: Option<(Row, super::Row, Option<String>)> = table::table
        .inner_join(platform_admins::table.on(platform_admins::id.eq(table::admin_id)))
        .filter(table::digest.eq(cookie))
        .select((
            Row::as_select(),
            super::Row::as_select(),
            platform_admins::language,
        ))
        .first(conn)
        .optional()?;
    Ok(row.map(|(session, admin, language)| Found {
        session: session.into(),
        admin: admin.into(),
        language_tag: language,
    }))
}

/// Returns all sessions of an admin, valid or not, the latest used first.
pub(in crate::platform) fn list(
    conn: &mut Conn,
    admin: PlatformAdminId,
) -> Result<Vec<PlatformSession>> {
    let rows: Vec<Row> = table::table
        .filter(table::admin_id.eq(admin))
        .order((table::last_seen_at.desc(), table::id))
        .select(Row::as_select())
        .load(conn)?;
    Ok(rows.into_iter().map(PlatformSession::from).collect())
}

/// Returns the ids of all sessions of an admin, ordered by id.
pub(in crate::platform) fn session_ids(
    conn: &mut Conn,
    admin: PlatformAdminId,
) -> Result<Vec<TokenId>> {
    Ok(table::table
        .filter(table::admin_id.eq(admin))
        .order(table::id)
        .select(table::id)
        .load(conn)?)
}

/// Stores a new session.
pub(in crate::platform) fn insert(
    conn: &mut Conn,
    cookie: Digest,
    session: &PlatformSession,
) -> Result<()> {
    diesel::insert_into(table::table)
        .values((
            table::digest.eq(cookie),
            table::id.eq(session.id),
            table::admin_id.eq(session.admin),
            table::state.eq(session.state),
            table::signed_in_at.eq(session.signed_in_at),
            table::last_seen_at.eq(session.last_seen_at),
            table::authenticated_at.eq(session.authenticated_at),
            table::wrong_codes.eq(0),
            table::address.eq(&session.address),
            table::agent.eq(&session.agent),
        ))
        .execute(conn)?;
    Ok(())
}

/// Removes the session of a cookie. Returns whether there was one.
pub(in crate::platform) fn remove(conn: &mut Conn, cookie: &Digest) -> Result<bool> {
    Ok(diesel::delete(table::table.find(cookie)).execute(conn)? == 1)
}

/// Returns the admin of a session that an act has ended. `None` if no such session is known, or if its
/// admin was removed.
pub(in crate::platform) fn admin_of_ended(
    conn: &mut Conn,
    cookie: &Digest,
) -> Result<Option<PlatformAdminId>> {
    Ok(ended::table
        .inner_join(platform_admins::table.on(platform_admins::id.eq(ended::admin_id)))
        .filter(ended::digest.eq(cookie))
        .select(ended::admin_id)
        .first(conn)
        .optional()?)
}

/// Removes a session of an admin by its id, and keeps whose it was. Returns whether there was one.
pub(in crate::platform) fn remove_by_id(
    conn: &mut Conn,
    admin: PlatformAdminId,
    id: TokenId,
) -> Result<bool> {
    let row = table::table
        .filter(table::admin_id.eq(admin))
        .filter(table::id.eq(id));
    let removed: Option<(Digest, Timestamp)> = diesel::delete(row)
        .returning((table::digest, table::last_seen_at))
        .get_result(conn)
        .optional()?;
    let Some((digest, last_seen_at)) = removed else {
        return Ok(false);
    };
    diesel::insert_into(ended::table)
        .values((
            ended::digest.eq(digest),
            ended::admin_id.eq(admin),
            ended::last_seen_at.eq(last_seen_at),
        ))
        .execute(conn)?;
    Ok(true)
}

/// Removes all sessions of an admin. Returns how many.
pub(in crate::platform) fn remove_all(conn: &mut Conn, admin: PlatformAdminId) -> Result<usize> {
    let mut removed = 0;
    for id in session_ids(conn, admin)? {
        removed += usize::from(remove_by_id(conn, admin, id)?);
    }
    Ok(removed)
}

/// Writes down that a session was used, unless that was written down less than `every` ago.
pub(in crate::platform) fn touch(
    conn: &mut Conn,
    cookie: &Digest,
    every: Duration,
    now: Timestamp,
) -> Result<()> {
    let own = table::table.find(cookie);
    diesel::update(own.filter(table::last_seen_at.le(now.minus(every))))
        .set(table::last_seen_at.eq(now))
        .execute(conn)?;
    Ok(())
}

/// Gives a session another cookie. Returns whether it was there.
pub(in crate::platform) fn renew(
    conn: &mut Conn,
    before: &Digest,
    after: Digest,
    now: Timestamp,
) -> Result<bool> {
    let changed = diesel::update(table::table.find(before))
        .set((
            table::digest.eq(after),
            table::authenticated_at.eq(now),
            table::last_seen_at.eq(now),
        ))
        .execute(conn)?;
    Ok(changed == 1)
}

/// Counts a wrong code. Returns how many there were; `None` if there is no such session.
pub(in crate::platform) fn count_wrong_code(
    conn: &mut Conn,
    cookie: &Digest,
) -> Result<Option<i64>> {
    Ok(diesel::update(table::table.find(cookie))
        .set(table::wrong_codes.eq(table::wrong_codes + 1))
        .returning(table::wrong_codes)
        .get_result(conn)
        .optional()?)
}

/// Returns the notice of a session.
pub(in crate::platform) fn notice(conn: &mut Conn, cookie: &Digest) -> Result<Option<String>> {
    let found: Option<Option<String>> = table::table
        .find(cookie)
        .select(table::notice)
        .first(conn)
        .optional()?;
    Ok(found.flatten())
}

/// Stores the notice of a session.
pub(in crate::platform) fn set_notice(
    conn: &mut Conn,
    cookie: &Digest,
    notice: &str,
) -> Result<()> {
    diesel::update(table::table.find(cookie))
        .set(table::notice.eq(notice))
        .execute(conn)?;
    Ok(())
}

/// Removes the notice of a session if it is still this one. Returns whether this caller removed it.
pub(in crate::platform) fn take_notice(
    conn: &mut Conn,
    cookie: &Digest,
    notice: &str,
) -> Result<bool> {
    let same = table::table.find(cookie).filter(table::notice.eq(notice));
    let taken = diesel::update(same)
        .set(table::notice.eq(None::<String>))
        .execute(conn)?;
    Ok(taken == 1)
}

/// Deletes at most `limit` sessions that were last used before `seen_before`. Returns the number
/// that was found.
pub(in crate::platform) fn purge(
    conn: &mut Conn,
    seen_before: Timestamp,
    limit: i64,
) -> Result<usize> {
    let mut old: Vec<(TokenId, Digest)> = table::table
        .filter(table::last_seen_at.lt(seen_before))
        .order(table::last_seen_at)
        .limit(limit)
        .select((table::id, table::digest))
        .load(conn)?;
    old.sort_by_key(|(id, _)| *id);
    for (_, digest) in &old {
        // It may have been used since the query.
        let idle = table::last_seen_at.lt(seen_before);
        diesel::delete(table::table.find(digest).filter(idle)).execute(conn)?;
    }
    Ok(old.len())
}

/// Forgets whose at most `limit` ended sessions were that were last used before `seen_before`. Returns
/// the number.
pub(in crate::platform) fn purge_ended(
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
