//! The column `language` of operators and organizations.

use diesel::prelude::*;

use crate::base::{OperatorId, OrganizationId};
use crate::db::schema::{operators, organizations};
use crate::db::{Conn, Result};
use crate::operator::OperatorStatus;

/// Returns the tag that is stored for an operator, or for the organization itself (`None`).
pub(in crate::operator) fn language(
    conn: &mut Conn,
    organization: OrganizationId,
    operator: Option<OperatorId>,
) -> Result<Option<String>> {
    let tag: Option<Option<String>> = match operator {
        Some(operator) => operators::table
            .find((organization, operator))
            .select(operators::language)
            .first(conn)
            .optional()?,
        None => organizations::table
            .find(organization)
            .select(organizations::language)
            .first(conn)
            .optional()?,
    };
    Ok(tag.flatten())
}

/// Stores the tag of an active operator, or of the organization itself (`None`). Returns whether there is
/// one.
pub(in crate::operator) fn set_language(
    conn: &mut Conn,
    organization: OrganizationId,
    operator: Option<OperatorId>,
    tag: Option<&str>,
) -> Result<bool> {
    let changed = match operator {
        Some(operator) => {
            let active = operators::status.eq(OperatorStatus::Active);
            let row = operators::table.find((organization, operator));
            diesel::update(row.filter(active))
                .set(operators::language.eq(tag))
                .execute(conn)?
        }
        None => diesel::update(organizations::table.find(organization))
            .set(organizations::language.eq(tag))
            .execute(conn)?,
    };
    Ok(changed == 1)
}
