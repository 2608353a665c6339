//! The statements that write the rows of operators.

use diesel::prelude::*;

use super::Row;
use crate::base::search_words::folded;
use crate::base::{OperatorId, OrganizationId};
use crate::db::schema::operators;
use crate::db::{Conn, Result, Rows, Statement};
use crate::operator::Operator;

/// The end of a statement on PostgreSQL: the columns in their order, and the condition that finds
/// the row of each operator.
const OF_ROWS: &str = ") AS v (organization_id, id, name, external_id, role, status, created_at, \
     email, email_key, email_fold, username, username_fold, password_hash, tier, avatar, name_fold, updated_at) \
     WHERE operators.organization_id = v.organization_id AND operators.id = v.id";

/// Changes the columns that no index contains. On SQLite an index costs time whenever one of its columns is
/// written, even with the value that it has.
pub(in crate::operator) struct Unindexed;

impl Statement for Unindexed {
    const POSTGRES: (&'static str, &'static str) = (
        "UPDATE operators SET updated_at = v.updated_at, tier = v.tier, avatar = v.avatar FROM UNNEST(",
        OF_ROWS,
    );
    const SQLITE: &'static str = "UPDATE operators SET tier = ?14, avatar = ?15, updated_at = ?17 \
         WHERE organization_id = ?1 AND id = ?2";
}

/// Like [`Unindexed`], and changes the name.
pub(in crate::operator) struct Name;

impl Statement for Name {
    const POSTGRES: (&'static str, &'static str) = (
        "UPDATE operators SET name = v.name, name_fold = v.name_fold, updated_at = v.updated_at, \
         tier = v.tier, avatar = v.avatar FROM UNNEST(",
        OF_ROWS,
    );
    const SQLITE: &'static str = "UPDATE operators SET name = ?3, name_fold = ?16, tier = ?14, \
         avatar = ?15, updated_at = ?17 WHERE organization_id = ?1 AND id = ?2";
}

/// Changes the role.
pub(in crate::operator) struct RoleName;

impl Statement for RoleName {
    const POSTGRES: (&'static str, &'static str) = (
        "UPDATE operators SET role = v.role, updated_at = v.updated_at FROM UNNEST(",
        OF_ROWS,
    );
    const SQLITE: &'static str = "UPDATE operators SET role = ?5, updated_at = ?17 \
         WHERE organization_id = ?1 AND id = ?2";
}

/// Changes the external id and the status.
pub(in crate::operator) struct Keys;

impl Statement for Keys {
    const POSTGRES: (&'static str, &'static str) = (
        "UPDATE operators SET external_id = v.external_id, status = v.status, \
         updated_at = v.updated_at FROM UNNEST(",
        OF_ROWS,
    );
    const SQLITE: &'static str = "UPDATE operators SET external_id = ?4, status = ?6, \
         updated_at = ?17 WHERE organization_id = ?1 AND id = ?2";
}

/// Changes the email. One that stays keeps its keys, because they may collide with older ones.
pub(in crate::operator) struct Email;

impl Statement for Email {
    const POSTGRES: (&'static str, &'static str) = (
        "UPDATE operators SET email = v.email, email_key = v.email_key, \
         email_fold = v.email_fold, updated_at = v.updated_at FROM UNNEST(",
        OF_ROWS,
    );
    const SQLITE: &'static str = "UPDATE operators SET email = ?8, email_key = ?9, \
         email_fold = ?10, updated_at = ?17 WHERE organization_id = ?1 AND id = ?2";
}

/// Changes the username and the password.
pub(in crate::operator) struct SignIn;

impl Statement for SignIn {
    const POSTGRES: (&'static str, &'static str) = (
        "UPDATE operators SET username = v.username, username_fold = v.username_fold, \
         password_hash = v.password_hash, updated_at = v.updated_at FROM UNNEST(",
        OF_ROWS,
    );
    const SQLITE: &'static str = "UPDATE operators SET username = ?11, username_fold = ?12, \
         password_hash = ?13, updated_at = ?17 WHERE organization_id = ?1 AND id = ?2";
}

fn rows<'a>(operators: impl IntoIterator<Item = &'a Operator>) -> Vec<Row> {
    operators.into_iter().map(Row::of).collect()
}

/// Inserts operators.
pub(in crate::operator) fn insert<'a>(
    conn: &mut Conn,
    operators: impl IntoIterator<Item = &'a Operator>,
) -> Result<()> {
    Row::insert(conn, &rows(operators))
}

/// Changes operators by the statement `S`.
pub(in crate::operator) fn update<'a, S: Statement>(
    conn: &mut Conn,
    operators: impl IntoIterator<Item = &'a Operator>,
) -> Result<()> {
    Row::write::<S>(conn, &rows(operators))
}

/// Fills in the text by which lists are ordered by name.
pub(in crate::operator) fn fold_names(conn: &mut Conn, operators: &[Operator]) -> Result<()> {
    for operator in operators {
        diesel::update(operators::table.find((operator.organization, operator.id)))
            .set(operators::name_fold.eq(folded(&operator.profile.name)))
            .execute(conn)?;
    }
    Ok(())
}

/// Releases external ids of operators, which the same transaction gives to others.
pub(in crate::operator) fn release_external_ids(
    conn: &mut Conn,
    organization: OrganizationId,
    ids: &[OperatorId],
) -> Result<()> {
    if !ids.is_empty() {
        let those = operators::table.filter(operators::organization_id.eq(organization));
        diesel::update(those.filter(operators::id.eq_any(ids)))
            .set(operators::external_id.eq(None::<String>))
            .execute(conn)?;
    }
    Ok(())
}

/// Releases emails of operators, which the same transaction gives to others.
pub(in crate::operator) fn release_emails(
    conn: &mut Conn,
    organization: OrganizationId,
    ids: &[OperatorId],
) -> Result<()> {
    if !ids.is_empty() {
        let those = operators::table.filter(operators::organization_id.eq(organization));
        diesel::update(those.filter(operators::id.eq_any(ids)))
            .set((
                operators::email_key.eq(None::<String>),
                operators::email_fold.eq(None::<String>),
            ))
            .execute(conn)?;
    }
    Ok(())
}

/// Releases usernames of operators, which the same transaction gives to others.
pub(in crate::operator) fn release_usernames(
    conn: &mut Conn,
    organization: OrganizationId,
    ids: &[OperatorId],
) -> Result<()> {
    if !ids.is_empty() {
        let those = operators::table.filter(operators::organization_id.eq(organization));
        diesel::update(those.filter(operators::id.eq_any(ids)))
            .set(operators::username_fold.eq(None::<String>))
            .execute(conn)?;
    }
    Ok(())
}
