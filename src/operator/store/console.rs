//! What an account may do in the console, and the rows of console sessions that end with it.

use diesel::prelude::*;

use crate::access::Roles;
use crate::base::{OperatorId, OrganizationId, TokenId};
use crate::db::schema::{console_sessions as table, operators, organizations};
use crate::db::{Conn, Result};
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

/// Returns whether an account may do everything in the console: its organization is active, and it is
/// an active operator with the role `admin`. `None` is the organization's own account, which may unless
/// only operators sign in.
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
    let role: Option<Option<String>> = operators::table
        .find((organization, operator))
        .filter(operators::status.eq(OperatorStatus::Active))
        .select(operators::role)
        .first(conn)
        .optional()?;
    Ok(role.flatten().as_deref() == Some(Roles::ADMIN))
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
        let row = table::table
            .filter(table::organization_id.eq(organization))
            .filter(table::jti.eq(jti));
        diesel::delete(row).execute(conn)?;
    }
    Ok(())
}
