//! The tables of admins of the platform, of their recovery codes and of their addresses.
//! `store/sessions.rs` has their sessions, `store/forms.rs` their forms. What works once is one
//! conditional statement.

mod forms;
mod sessions;

pub(super) use forms::{claim_form, forget_form, made_by_form, purge_forms, set_made};
pub(super) use sessions::{
    admin_of_ended, count_wrong_code, insert as insert_session, list as sessions, notice,
    purge as purge_sessions, purge_ended, remove as remove_session, remove_all as remove_sessions,
    remove_by_id as remove_session_by_id, renew, session, session_ids, set_notice, take_notice,
    touch,
};

use diesel::prelude::*;

use super::PlatformAdmin;
use super::sign_in::Credentials;
use crate::base::{Digest, PlatformAdminId, Timestamp};
use crate::db::schema::{platform_addresses, platform_admins as table, platform_recovery_codes};
use crate::db::{Conn, Result};
use crate::seal::Sealed;

#[derive(Queryable, Selectable)]
#[diesel(table_name = table)]
pub(super) struct Row {
    id: PlatformAdminId,
    login: String,
    created_at: Timestamp,
}

impl From<Row> for PlatformAdmin {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            login: row.login,
            created_at: row.created_at,
        }
    }
}

/// Returns the admins, ordered by id.
pub(super) fn all(conn: &mut Conn) -> Result<Vec<PlatformAdmin>> {
    let rows: Vec<Row> = table::table
        .order(table::id)
        .select(Row::as_select())
        .load(conn)?;
    Ok(rows.into_iter().map(PlatformAdmin::from).collect())
}

/// Returns an admin.
pub(super) fn get(conn: &mut Conn, id: PlatformAdminId) -> Result<Option<PlatformAdmin>> {
    let row: Option<Row> = table::table
        .find(id)
        .select(Row::as_select())
        .first(conn)
        .optional()?;
    Ok(row.map(PlatformAdmin::from))
}

/// Returns the admin with a login, in the form in which logins are compared.
pub(super) fn by_login(conn: &mut Conn, key: &str) -> Result<Option<Credentials>> {
    let row: Option<(Row, String)> = table::table
        .filter(table::login_key.eq(key))
        .select((Row::as_select(), table::password_hash))
        .first(conn)
        .optional()?;
    Ok(row.map(|(row, password_hash)| Credentials {
        admin: row.into(),
        password_hash,
    }))
}

/// Inserts an admin.
pub(super) fn insert(
    conn: &mut Conn,
    admin: &PlatformAdmin,
    key: &str,
    password_hash: &str,
    sealed: &Sealed,
) -> Result<()> {
    diesel::insert_into(table::table)
        .values((
            table::id.eq(admin.id),
            table::login.eq(&admin.login),
            table::login_key.eq(key),
            table::password_hash.eq(password_hash),
            table::sealed_secret.eq(&sealed.value),
            table::sealed_by.eq(&sealed.by),
            table::created_at.eq(admin.created_at),
        ))
        .execute(conn)?;
    Ok(())
}

/// Changes the hash only if it is still the one that was checked.
pub(super) fn replace_password_hash(
    conn: &mut Conn,
    id: PlatformAdminId,
    old: &str,
    new: &str,
) -> Result<()> {
    let unchanged = table::table.find(id).filter(table::password_hash.eq(old));
    diesel::update(unchanged)
        .set(table::password_hash.eq(new))
        .execute(conn)?;
    Ok(())
}

/// Stores the tag of an admin's language. Returns whether there is such an admin.
pub(super) fn set_language(
    conn: &mut Conn,
    id: PlatformAdminId,
    tag: Option<&str>,
) -> Result<bool> {
    let changed = diesel::update(table::table.find(id))
        .set(table::language.eq(tag))
        .execute(conn)?;
    Ok(changed == 1)
}

/// Deletes an admin and its recovery codes. Returns whether there was one.
pub(super) fn remove(conn: &mut Conn, id: PlatformAdminId) -> Result<bool> {
    let removed = diesel::delete(table::table.find(id)).execute(conn)?;
    let codes = platform_recovery_codes::table.filter(platform_recovery_codes::admin_id.eq(id));
    diesel::delete(codes).execute(conn)?;
    Ok(removed == 1)
}

/// Locks an admin and its recovery codes, in the order in which [`remove`] does. A sign-in that is under
/// way has used one of them up: it has ended when this returns, or it finds no session that waits. On
/// SQLite it does nothing, because only one transaction writes at a time.
pub(super) fn lock(conn: &mut Conn, id: PlatformAdminId) -> Result<()> {
    if let Conn::Postgres(conn) = conn {
        let admin = table::table.find(id).select(table::id);
        admin.for_update().load::<PlatformAdminId>(conn)?;
        let codes = platform_recovery_codes::table
            .filter(platform_recovery_codes::admin_id.eq(id))
            .order(platform_recovery_codes::digest)
            .select(platform_recovery_codes::digest);
        codes.for_update().load::<Digest>(conn)?;
    }
    Ok(())
}

/// Deletes the addresses that an admin signed in from.
pub(super) fn remove_addresses(conn: &mut Conn, id: PlatformAdminId) -> Result<()> {
    let addresses = platform_addresses::table.filter(platform_addresses::admin_id.eq(id));
    diesel::delete(addresses).execute(conn)?;
    Ok(())
}

/// Inserts a recovery code.
pub(super) fn insert_code(conn: &mut Conn, id: PlatformAdminId, code: Digest) -> Result<()> {
    diesel::insert_into(platform_recovery_codes::table)
        .values((
            platform_recovery_codes::admin_id.eq(id),
            platform_recovery_codes::digest.eq(code),
        ))
        .execute(conn)?;
    Ok(())
}

/// Uses up a recovery code. Returns whether this caller was the first.
pub(super) fn use_up_code(conn: &mut Conn, id: PlatformAdminId, code: Digest) -> Result<bool> {
    let row = platform_recovery_codes::table.find((id, code));
    Ok(diesel::delete(row).execute(conn)? == 1)
}

/// Returns the sealed secret, and the step of the last code that was accepted.
pub(super) fn factor(
    conn: &mut Conn,
    id: PlatformAdminId,
) -> Result<Option<(Sealed, Option<i64>)>> {
    let row: Option<(Vec<u8>, String, Option<i64>)> = table::table
        .find(id)
        .select((table::sealed_secret, table::sealed_by, table::last_step))
        .first(conn)
        .optional()?;
    Ok(row.map(|(value, by, last_step)| (Sealed { value, by }, last_step)))
}

/// Uses up the code of a step, and every earlier one, if the secret is still `sealed`. Returns whether
/// this caller was the first.
pub(super) fn use_up_step(
    conn: &mut Conn,
    id: PlatformAdminId,
    sealed: &Sealed,
    step: i64,
) -> Result<bool> {
    let unused = table::table
        .find(id)
        .filter(table::sealed_secret.eq(&sealed.value))
        .filter(table::last_step.is_null().or(table::last_step.lt(step)));
    let used = diesel::update(unused)
        .set(table::last_step.eq(step))
        .execute(conn)?;
    Ok(used == 1)
}
