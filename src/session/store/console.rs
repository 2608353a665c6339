//! The tables `console_sessions` and `console_forms`.

use std::time::Duration;

use diesel::prelude::*;

use crate::base::{Digest, OperatorId, OrganizationId, Sequence, Timestamp, TokenId};
use crate::db::schema::{console_forms as forms, console_sessions as table, organizations, totp};
use crate::db::{Conn, Result};
use crate::on_backend;
use crate::session::console::ConsoleSession;
use crate::session::{Lives, SessionState};

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

/// Returns a session, valid or not, and what [`credential_at`] returns now. `None` if there is none.
pub(in crate::session) fn find(
    conn: &mut Conn,
    cookie: &Digest,
) -> Result<Option<(ConsoleSession, Option<Timestamp>)>> {
    let row: Option<Row> = table::table
        .find(cookie)
        .select(Row::as_select())
        .first(conn)
        .optional()?;
    let Some(row) = row else {
        return Ok(None);
    };
    let now = credential_at(conn, row.organization_id, row.operator_id)?;
    Ok(Some((row.into(), now)))
}

/// Returns when the second factor of an operator, or the password of an organization, was set.
/// `None` if there is none, or if that was not recorded.
pub(in crate::session) fn credential_at(
    conn: &mut Conn,
    organization: OrganizationId,
    operator: Option<OperatorId>,
) -> Result<Option<Timestamp>> {
    let at: Option<Option<Timestamp>> = match operator {
        Some(operator) => totp::table
            .find((organization, operator))
            .select(totp::created_at.nullable())
            .first(conn)
            .optional()?,
        None => organizations::table
            .find(organization)
            .select(organizations::password_set_at)
            .first(conn)
            .optional()?,
    };
    Ok(at.flatten())
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

/// Removes a session of an organization by its id. Returns whether there was one.
pub(in crate::session) fn remove_by_id(
    conn: &mut Conn,
    organization: OrganizationId,
    jti: TokenId,
) -> Result<bool> {
    let row = table::table
        .filter(table::organization_id.eq(organization))
        .filter(table::jti.eq(jti));
    Ok(diesel::delete(row).execute(conn)? == 1)
}

/// Removes the sessions of an operator, except the one with the id `spared`. Returns them.
pub(in crate::session) fn remove_others(
    conn: &mut Conn,
    organization: OrganizationId,
    operator: OperatorId,
    spared: TokenId,
) -> Result<Vec<ConsoleSession>> {
    let others = table::table
        .filter(table::organization_id.eq(organization))
        .filter(table::operator_id.eq(operator))
        .filter(table::jti.ne(spared));
    let rows: Vec<Row> = others.select(Row::as_select()).load(conn)?;
    diesel::delete(others).execute(conn)?;
    Ok(rows.into_iter().map(ConsoleSession::from).collect())
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
pub(in crate::session) fn set_notice(
    conn: &mut Conn,
    cookie: &Digest,
    notice: Option<String>,
) -> Result<()> {
    diesel::update(table::table.find(cookie))
        .set(table::notice.eq(notice))
        .execute(conn)?;
    Ok(())
}

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
    let old: Vec<Digest> = table::table
        .filter(table::last_seen_at.lt(seen_before))
        .order(table::last_seen_at)
        .limit(limit)
        .select(table::digest)
        .load(conn)?;
    for digest in &old {
        // It may have been used since the query.
        let idle = table::last_seen_at.lt(seen_before);
        diesel::delete(table::table.find(digest).filter(idle)).execute(conn)?;
    }
    Ok(old.len())
}

/// Takes the turn of a form. Returns whether this caller is the first. On PostgreSQL another caller
/// waits until the first one has committed.
pub(in crate::session) fn claim_form(
    conn: &mut Conn,
    organization: OrganizationId,
    digest: Digest,
    now: Timestamp,
) -> Result<bool> {
    let values = (
        forms::organization_id.eq(organization),
        forms::digest.eq(digest),
        forms::sent_at.eq(now),
    );
    let inserted = on_backend!(conn, c => diesel::insert_into(forms::table)
        .values(values)
        .on_conflict_do_nothing()
        .execute(c))?;
    Ok(inserted == 1)
}

/// Returns what a form has made.
pub(in crate::session) fn made_by_form(
    conn: &mut Conn,
    organization: OrganizationId,
    digest: Digest,
) -> Result<Option<String>> {
    let found: Option<Option<String>> = forms::table
        .find((organization, digest))
        .select(forms::made)
        .first(conn)
        .optional()?;
    Ok(found.flatten())
}

/// Stores what a form has made.
pub(in crate::session) fn set_made(
    conn: &mut Conn,
    organization: OrganizationId,
    digest: Digest,
    what: &str,
) -> Result<()> {
    diesel::update(forms::table.find((organization, digest)))
        .set(forms::made.eq(what))
        .execute(conn)?;
    Ok(())
}

/// Forgets a form.
pub(in crate::session) fn forget_form(
    conn: &mut Conn,
    organization: OrganizationId,
    digest: Digest,
) -> Result<()> {
    diesel::delete(forms::table.find((organization, digest))).execute(conn)?;
    Ok(())
}

/// Deletes at most `limit` forms that were sent before `sent_before`. Returns their number.
pub(in crate::session) fn purge_forms(
    conn: &mut Conn,
    sent_before: Timestamp,
    limit: i64,
) -> Result<usize> {
    let old: Vec<(OrganizationId, Digest)> = forms::table
        .filter(forms::sent_at.lt(sent_before))
        .order(forms::sent_at)
        .limit(limit)
        .select((forms::organization_id, forms::digest))
        .load(conn)?;
    for id in &old {
        diesel::delete(forms::table.find(*id)).execute(conn)?;
    }
    Ok(old.len())
}

/// Returns the ids of the sessions of an account that were used after the first instant and began
/// after the second, signed in or waiting for the second factor.
pub(in crate::session) fn ids_of(
    conn: &mut Conn,
    organization: OrganizationId,
    account: Option<OperatorId>,
    (seen_after, begun_after): (Timestamp, Timestamp),
) -> Result<Vec<TokenId>> {
    let mut query = table::table
        .filter(table::organization_id.eq(organization))
        .filter(table::last_seen_at.gt(seen_after))
        .filter(table::signed_in_at.gt(begun_after))
        .select(table::jti)
        .into_boxed();
    query = match account {
        None => query.filter(table::operator_id.is_null()),
        Some(operator) => query.filter(table::operator_id.eq(operator)),
    };
    // In one order, so that two transactions that end the same sessions do not block each other.
    let ids: Vec<TokenId> = query.order(table::jti).load(conn)?;
    Ok(ids)
}

/// Returns the account of a session: an operator, or the organization itself (`Some(None)`). `None`
/// if the organization has no such session.
pub(in crate::session) fn account_by_id(
    conn: &mut Conn,
    organization: OrganizationId,
    jti: TokenId,
) -> Result<Option<Option<OperatorId>>> {
    let account: Option<Option<OperatorId>> = table::table
        .filter(table::organization_id.eq(organization))
        .filter(table::jti.eq(jti))
        .select(table::operator_id)
        .first(conn)
        .optional()?;
    Ok(account)
}
