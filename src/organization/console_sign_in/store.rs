//! Queries for who may sign in to the console.

use diesel::dsl::exists;
use diesel::prelude::*;

use super::ConsoleSignIn;
use crate::access::Roles;
use crate::base::{OrganizationId, TokenId};
use crate::db::schema::{console_sessions, operators, totp};
use crate::db::{Conn, Result, end_console_session};

crate::db::word_column!(ConsoleSignIn);

/// Returns whether an active operator with the role `admin` has a second factor, and a name and a
/// password to sign in with.
pub(in crate::organization) fn has_admin_with_factor(
    conn: &mut Conn,
    organization: OrganizationId,
) -> Result<bool> {
    let factor = totp::table
        .filter(totp::organization_id.eq(operators::organization_id))
        .filter(totp::operator_id.eq(operators::id));
    let admin = operators::table
        .filter(operators::organization_id.eq(organization))
        .filter(operators::role.eq(Roles::ADMIN))
        .filter(operators::status.eq("active"))
        .filter(operators::password_hash.is_not_null())
        .filter(
            operators::username
                .is_not_null()
                .or(operators::email.is_not_null()),
        )
        .filter(exists(factor));
    Ok(diesel::select(exists(admin)).get_result(conn)?)
}

/// Removes the console sessions of the organization's own account.
pub(in crate::organization) fn end_own_sessions(
    conn: &mut Conn,
    organization: OrganizationId,
) -> Result<()> {
    // One by one and in the order of their ids, like every transaction that removes several sessions:
    // with two different orders, two of them would deadlock on PostgreSQL.
    let own: Vec<TokenId> = console_sessions::table
        .filter(console_sessions::organization_id.eq(organization))
        .filter(console_sessions::operator_id.is_null())
        .order(console_sessions::jti)
        .select(console_sessions::jti)
        .load(conn)?;
    for jti in own {
        end_console_session(conn, organization, jti)?;
    }
    Ok(())
}
