//! The language of pages that an account has stored: that of an operator, or of the organization itself
//! (`None`). It is a preference and no part of the record: storing it changes neither the version of the
//! record nor what nodes have cached, and it is no act of the audit log.

use super::store;
use crate::base::{OperatorId, OrganizationId};
use crate::db::{Conn, Result};
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
    let tag = store::language(conn, organization, operator)?;
    Ok(tag.as_deref().and_then(Language::of_own_tag))
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
    store::set_language(conn, organization, operator, language.map(Language::tag))
}
