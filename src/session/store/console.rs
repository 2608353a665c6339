//! The table `console_sessions`: one session, by its cookie. `console/accounts.rs` has the sessions of
//! an account or an organization, `console/forms.rs` the table `console_forms`.

mod accounts;
mod forms;

pub(in crate::session) use accounts::{
    account_of_ended, by_id, count_open, ids_of, list, purge, purge_ended, remove_others,
};
pub(in crate::session) use forms::{claim_form, made_by_form, purge_forms, set_made};

use std::time::Duration;

use diesel::prelude::*;

use crate::base::{Digest, OperatorId, OrganizationId, Sequence, Timestamp, TokenId};
use crate::db::schema::console_sessions as table;
use crate::db::{Conn, Result};
use crate::session::SessionState;
use crate::session::console::ConsoleSession;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = table, treat_none_as_default_value = false)]
struct Row {
    digest: Digest,
    jti: TokenId,
    organization_id: OrganizationId,
    operator_id: Option<OperatorId>,
    rev: Sequence,
    state: SessionState,
    amr: String,
    signed_in_at: Timestamp,
    last_seen_at: Timestamp,
    authenticated_at: Timestamp,
    credential_at: Option<Timestamp>,
    wrong_codes: i64,
    address: Option<String>,
    agent: Option<String>,
    notice: Option<String>,
}

impl From<Row> for ConsoleSession {
    fn from(row: Row) -> Self {
        Self {
            jti: row.jti,
            organization: row.organization_id,
            operator: row.operator_id,
            rev: row.rev,
            state: row.state,
            amr: row.amr,
            signed_in_at: row.signed_in_at,
            last_seen_at: row.last_seen_at,
            authenticated_at: row.authenticated_at,
            credential_at: row.credential_at,
            address: row.address,
            agent: row.agent,
        }
    }
}

/// Returns a session, valid or not. `None` if there is none.
pub(in crate::session) fn find(conn: &mut Conn, cookie: &Digest) -> Result<Option<ConsoleSession>> {
    let row: Option<Row> = table::table
        .find(cookie)
        .select(Row::as_select())
        .first(conn)
        .optional()?;
    Ok(row.map(ConsoleSession::from))
}

/// Stores a new session.
pub(in crate::session) fn insert(
    conn: &mut Conn,
    cookie: Digest,
    session: &ConsoleSession,
) -> Result<()> {
    diesel::insert_into(table::table)
        .values(Row {
            digest: cookie,
            jti: session.jti,
            organization_id: session.organization,
            operator_id: session.operator,
            rev: session.rev,
            state: session.state,
            amr: session.amr.clone(),
            signed_in_at: session.signed_in_at,
            last_seen_at: session.last_seen_at,
            authenticated_at: session.authenticated_at,
            credential_at: session.credential_at,
            wrong_codes: 0,
            address: session.address.clone(),
            agent: session.agent.clone(),
            notice: None,
        })
        .execute(conn)?;
    Ok(())
}

/// Removes the session of a cookie. Returns whether there was one.
pub(in crate::session) fn remove(conn: &mut Conn, cookie: &Digest) -> Result<bool> {
    Ok(diesel::delete(table::table.find(cookie)).execute(conn)? == 1)
}

/// Writes down that a session was used, unless that was written down less than `every` ago.
pub(in crate::session) fn touch(
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
pub(in crate::session) fn renew(
    conn: &mut Conn,
    before: &Digest,
    after: Digest,
    now: Timestamp,
) -> Result<bool> {
    let own = table::table.find(before);
    let changed = diesel::update(own)
        .set((
            table::digest.eq(after),
            table::authenticated_at.eq(now),
            table::last_seen_at.eq(now),
        ))
        .execute(conn)?;
    Ok(changed == 1)
}

/// Counts a wrong code. Returns how many there were; `None` if there is no such session.
pub(in crate::session) fn count_wrong_code(
    conn: &mut Conn,
    cookie: &Digest,
) -> Result<Option<i64>> {
    Ok(diesel::update(table::table.find(cookie))
        .set(table::wrong_codes.eq(table::wrong_codes + 1))
        .returning(table::wrong_codes)
        .get_result(conn)
        .optional()?)
}

/// Stores when the credential of a session was set.
pub(in crate::session) fn set_credential_at(
    conn: &mut Conn,
    organization: OrganizationId,
    jti: TokenId,
    at: Option<Timestamp>,
) -> Result<()> {
    let row = table::table
        .filter(table::organization_id.eq(organization))
        .filter(table::jti.eq(jti));
    diesel::update(row)
        .set(table::credential_at.eq(at))
        .execute(conn)?;
    Ok(())
}

/// Returns the notice of a session.
pub(in crate::session) fn notice(conn: &mut Conn, cookie: &Digest) -> Result<Option<String>> {
    let found: Option<Option<String>> = table::table
        .find(cookie)
        .select(table::notice)
        .first(conn)
        .optional()?;
    Ok(found.flatten())
}

/// Stores the notice of a session.
pub(in crate::session) fn set_notice(conn: &mut Conn, cookie: &Digest, notice: &str) -> Result<()> {
    diesel::update(table::table.find(cookie))
        .set(table::notice.eq(notice))
        .execute(conn)?;
    Ok(())
}

/// Removes the notice of a session if it is still this one. Returns whether this caller removed it.
pub(in crate::session) fn take_notice(
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
