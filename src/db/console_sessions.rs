//! Removes console sessions. Acts of several features end them, and each of them keeps whose they were: a
//! person who sends a form afterwards gets it back after signing in again.

use diesel::prelude::*;

use super::schema::{console_sessions as table, ended_console_sessions as ended};
use super::{Conn, Result};
use crate::base::{Digest, OperatorId, OrganizationId, Timestamp, TokenId};

/// Removes a console session of an organization, in the caller's transaction, and keeps whose it was.
/// Returns whether there was one. A transaction that removes several removes them in the order of their
/// ids: with two different orders, two of them would deadlock on PostgreSQL.
///
/// # Errors
/// Returns the errors of the database.
pub fn end_console_session(
    conn: &mut Conn,
    organization: OrganizationId,
    jti: TokenId,
) -> Result<bool> {
    let row = table::table
        .filter(table::organization_id.eq(organization))
        .filter(table::jti.eq(jti));
    let removed: Option<(Digest, Option<OperatorId>, Timestamp)> = diesel::delete(row)
        .returning((table::digest, table::operator_id, table::last_seen_at))
        .get_result(conn)
        .optional()?;
    let Some((digest, operator, last_seen_at)) = removed else {
        return Ok(false);
    };
    diesel::insert_into(ended::table)
        .values((
            ended::digest.eq(digest),
            ended::organization_id.eq(organization),
            ended::operator_id.eq(operator),
            ended::last_seen_at.eq(last_seen_at),
        ))
        .execute(conn)?;
    Ok(true)
}
