//! The rows of console sessions that end with what their operators may do.

use diesel::prelude::*;

use crate::base::{OperatorId, OrganizationId, TokenId};
use crate::db::schema::console_sessions as table;
use crate::db::{Conn, Result};

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
