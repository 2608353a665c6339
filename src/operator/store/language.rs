//! The language of pages that an account has stored: an operator, or the organization itself (`None`). It
//! is a preference of the account and no part of its record: storing it changes neither the version of
//! the record nor what nodes have cached.

use diesel::prelude::*;

use crate::base::{OperatorId, OrganizationId};
use crate::db::schema::{operators, organizations};
use crate::db::{Conn, Result};
use crate::operator::OperatorStatus;
use crate::page::Language;

/// Returns the language of an account. `None` if it has stored none, or one that this version does not
/// know.
///
/// # Errors
/// Returns the errors of the database.
pub fn language(
    conn: &mut Conn,
    organization: OrganizationId,
    operator: Option<OperatorId>,
) -> Result<Option<Language>> {
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
    Ok(tag.flatten().as_deref().and_then(Language::of_own_tag))
}

/// Stores the language of an account; `None` removes it. Returns `false`, and stores nothing, if there is
/// no such account or the operator is not active: one that was erased meanwhile keeps nothing.
///
/// # Errors
/// Returns the errors of the database.
pub fn set_language(
    conn: &mut Conn,
    organization: OrganizationId,
    operator: Option<OperatorId>,
    language: Option<Language>,
) -> Result<bool> {
    let tag = language.map(Language::tag);
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
