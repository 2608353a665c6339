//! The rows of console sessions that end with what their operators may do.

use diesel::prelude::*;

use crate::base::{OperatorId, OrganizationId, TokenId};
use crate::db::schema::console_sessions as table;
use crate::db::{Conn, Result};

/// Removes the console sessions of operators, except the one with the id `spared`. What is removed
/// does not come back when the operators get what they had before. The caller has changed the rows
/// of the operators in the same transaction: a sign-in locks that row, so one that began before has
/// stored its session by now.
pub(in crate::operator) fn end_console_sessions(
    conn: &mut Conn,
    organization: OrganizationId,
    operators: &[OperatorId],
    spared: Option<TokenId>,
) -> Result<()> {
    let mut ended = diesel::delete(table::table)
        .into_boxed()
        .filter(table::organization_id.eq(organization))
        .filter(table::operator_id.eq_any(operators));
    if let Some(spared) = spared {
        ended = ended.filter(table::jti.ne(spared));
    }
    ended.execute(conn)?;
    Ok(())
}
