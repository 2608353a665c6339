//! What an account may do in the console, and the rows of console sessions that end with it.

use diesel::prelude::*;

use crate::access::Roles;
use crate::base::{OperatorId, OrganizationId, Sequence, Timestamp, TokenId};
use crate::db::schema::{console_sessions as table, operators, organizations, totp};
use crate::db::{Conn, Result, end_console_session};
use crate::operator::OperatorStatus;

/// Returns whether only operators may sign in to the console of an organization.
pub(in crate::operator) fn only_operators_sign_in(
    conn: &mut Conn,
    organization: OrganizationId,
) -> Result<bool> {
    let setting: Option<String> = organizations::table
        .find(organization)
        .select(organizations::console_sign_in)
        .first(conn)
        .optional()?;
    Ok(setting.as_deref() == Some("operators"))
}

/// Returns whether operators are the last ones with the role `admin` that can sign in to the console of
/// an organization in which only operators may. `false` if none of them can.
///
/// # Errors
/// Returns the errors of the database.
pub fn are_last_admins(
    conn: &mut Conn,
    organization: OrganizationId,
    which: &[OperatorId],
) -> Result<bool> {
    if !only_operators_sign_in(conn, organization)? {
        return Ok(false);
    }
    let admins: Vec<OperatorId> = operators::table
        .filter(operators::organization_id.eq(organization))
        .filter(operators::role.eq(Roles::ADMIN))
        .filter(operators::status.eq(OperatorStatus::Active))
        .filter(operators::password_hash.is_not_null())
        .filter(
            operators::username
                .is_not_null()
                .or(operators::email.is_not_null()),
        )
        .select(operators::id)
        .load(conn)?;
    Ok(!admins.is_empty() && admins.iter().all(|admin| which.contains(admin)))
}

/// Returns whether an account may do everything in the console: its organization is active, and it is
/// an active operator with the role `admin`. `None` is the organization's own account, which may unless
/// only operators sign in. On PostgreSQL the row of the operator is locked: a sign-in locks it before it
/// removes the session of another one, so it must come before the lock of [`console_session`].
pub(in crate::operator) fn is_admin(
    conn: &mut Conn,
    organization: OrganizationId,
    operator: Option<OperatorId>,
) -> Result<bool> {
    let status: Option<String> = organizations::table
        .find(organization)
        .select(organizations::status)
        .first(conn)
        .optional()?;
    if status.as_deref() != Some("active") {
        return Ok(false);
    }
    let Some(operator) = operator else {
        return Ok(!only_operators_sign_in(conn, organization)?);
    };
    let row = operators::table
        .find((organization, operator))
        .filter(operators::status.eq(OperatorStatus::Active))
        .select(operators::role);
    let role: Option<Option<String>> = match conn {
        Conn::Postgres(conn) => row.for_no_key_update().get_result(conn).optional()?,
        Conn::Sqlite(conn) => row.first(conn).optional()?,
    };
    Ok(role.flatten().as_deref() == Some(Roles::ADMIN))
}

/// A console session, as far as it decides whether what was begun in it goes on.
#[derive(Queryable)]
pub(in crate::operator) struct ConsoleSession {
    pub(in crate::operator) operator: Option<OperatorId>,
    pub(in crate::operator) rev: Sequence,
    pub(in crate::operator) signed_in_at: Timestamp,
    pub(in crate::operator) credential_at: Option<Timestamp>,
}

/// Returns a console session that has not been removed. On PostgreSQL nobody removes it until the
/// caller's transaction has ended; uses of it are noted meanwhile.
pub(in crate::operator) fn console_session(
    conn: &mut Conn,
    organization: OrganizationId,
    jti: TokenId,
) -> Result<Option<ConsoleSession>> {
    let row = table::table
        .filter(table::organization_id.eq(organization))
        .filter(table::jti.eq(jti))
        .select((
            table::operator_id,
            table::rev,
            table::signed_in_at,
            table::credential_at,
        ));
    Ok(match conn {
        Conn::Postgres(conn) => row.for_key_share().get_result(conn).optional()?,
        Conn::Sqlite(conn) => row.first(conn).optional()?,
    })
}

/// Returns when the second factor of an operator, or the password of an organization, was set. `None`
/// if there is none, or if that was not recorded. A session whose account has another one has ended.
///
/// # Errors
/// Returns the errors of the database.
pub fn credential_at(
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

/// Removes the console sessions of operators, except the one with the id `spared`. A session that was
/// removed does not come back when its operator gets its former role or second factor again. The caller
/// has changed the rows of the operators in the same transaction: a sign-in locks that row, so one that
/// began before has stored its session by now.
pub(in crate::operator) fn end_console_sessions(
    conn: &mut Conn,
    organization: OrganizationId,
    operators: &[OperatorId],
    spared: Option<TokenId>,
) -> Result<()> {
    let mut query = table::table
        .filter(table::organization_id.eq(organization))
        .filter(table::operator_id.eq_any(operators))
        .select(table::jti)
        .into_boxed();
    if let Some(spared) = spared {
        query = query.filter(table::jti.ne(spared));
    }
    // One by one and in the order of their ids, like every transaction that removes several sessions:
    // with two different orders, two of them would deadlock on PostgreSQL.
    let ended: Vec<TokenId> = query.order(table::jti).load(conn)?;
    for jti in ended {
        end_console_session(conn, organization, jti)?;
    }
    Ok(())
}
