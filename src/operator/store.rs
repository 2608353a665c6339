//! The rows of operators.

use diesel::prelude::*;

use super::{Operator, OperatorStatus, Profile};
use crate::base::{OperatorId, OrganizationId, Timestamp, caseless};
use crate::db::schema::operators;
use crate::db::{Conn, Result, Rows, Statement};

crate::rows! {
    #[derive(Queryable, Selectable)]
    #[diesel(table_name = operators)]
    struct Row in operators {
        organization_id: OrganizationId,
        id: OperatorId,
        name: String,
        external_id: Option<String>,
        role: Option<String>,
        status: OperatorStatus,
        created_at: Timestamp,
        email: Option<String>,
        email_key: Option<String>,
        email_fold: Option<String>,
        updated_at: Timestamp,
    }
}

/// Changes the name and the role, which no index contains. On SQLite an index costs time whenever
/// one of its columns is written, even with the value that it has.
struct NameAndRole;

impl Statement for NameAndRole {
    const POSTGRES: (&'static str, &'static str) = (
        "UPDATE operators SET name = v.name, role = v.role, updated_at = v.updated_at FROM UNNEST(",
        ExceptEmail::POSTGRES.1,
    );
    const SQLITE: &'static str = "UPDATE operators SET name = ?3, role = ?5, updated_at = ?11 \
         WHERE organization_id = ?1 AND id = ?2";
}

/// Changes everything but the email. An unchanged email keeps its keys, because they may collide
/// with older ones.
struct ExceptEmail;

impl Statement for ExceptEmail {
    const POSTGRES: (&'static str, &'static str) = (
        "UPDATE operators SET name = v.name, external_id = v.external_id, role = v.role, \
         status = v.status, updated_at = v.updated_at FROM UNNEST(",
        ") AS v (organization_id, id, name, external_id, role, status, created_at, \
         email, email_key, email_fold, updated_at) \
         WHERE operators.organization_id = v.organization_id AND operators.id = v.id",
    );
    const SQLITE: &'static str = "UPDATE operators \
         SET name = ?3, external_id = ?4, role = ?5, status = ?6, updated_at = ?11 \
         WHERE organization_id = ?1 AND id = ?2";
}

/// Changes everything.
struct Whole;

impl Statement for Whole {
    const POSTGRES: (&'static str, &'static str) = (
        "UPDATE operators SET name = v.name, external_id = v.external_id, role = v.role, \
         status = v.status, updated_at = v.updated_at, \
         email = v.email, email_key = v.email_key, email_fold = v.email_fold FROM UNNEST(",
        ExceptEmail::POSTGRES.1,
    );
    const SQLITE: &'static str = "UPDATE operators \
         SET name = ?3, external_id = ?4, role = ?5, status = ?6, updated_at = ?11, \
         email = ?8, email_key = ?9, email_fold = ?10 \
         WHERE organization_id = ?1 AND id = ?2";
}

impl Row {
    fn of(operator: &Operator, now: Timestamp) -> Self {
        let Profile {
            name,
            external_id,
            email,
            role,
        } = operator.profile.clone();
        Self {
            organization_id: operator.organization,
            id: operator.id,
            name,
            external_id,
            // Nodes of an older release look up this key.
            email_key: email.as_deref().map(str::to_lowercase),
            email_fold: email.as_deref().map(caseless::key),
            email,
            role,
            status: operator.status,
            created_at: operator.created_at,
            updated_at: now,
        }
    }
}

impl From<Row> for Operator {
    fn from(row: Row) -> Self {
        Self {
            organization: row.organization_id,
            id: row.id,
            profile: Profile {
                name: row.name,
                external_id: row.external_id,
                email: row.email,
                role: row.role,
            },
            status: row.status,
            created_at: row.created_at,
        }
    }
}

/// Which operators to list, in the order of their ids.
#[derive(Debug, Clone)]
pub struct Filter {
    /// The organization.
    pub organization: OrganizationId,
    /// Only operators with this status; `None` for all that are not deleted.
    pub status: Option<OperatorStatus>,
    /// Only the operator with this external id.
    pub external_id: Option<String>,
    /// Only operators with a higher id than this one.
    pub after: Option<OperatorId>,
    /// At most this many operators.
    pub limit: i64,
}

pub(super) fn page(conn: &mut Conn, filter: &Filter) -> Result<Vec<Operator>> {
    let mut query = operators::table
        .filter(operators::organization_id.eq(filter.organization))
        .select(Row::as_select())
        .into_boxed();
    query = match filter.status {
        Some(status) => query.filter(operators::status.eq(status)),
        None => query.filter(operators::status.ne(OperatorStatus::Deleted)),
    };
    if let Some(external_id) = &filter.external_id {
        query = query.filter(operators::external_id.eq(external_id));
    }
    if let Some(after) = filter.after {
        query = query.filter(operators::id.gt(after));
    }
    let rows: Vec<Row> = query.order(operators::id).limit(filter.limit).load(conn)?;
    Ok(rows.into_iter().map(Operator::from).collect())
}

/// Returns how many operators of an organization are not deleted.
///
/// # Errors
/// Returns the errors of the database.
pub fn count(conn: &mut Conn, organization: OrganizationId) -> Result<i64> {
    Ok(operators::table
        .filter(operators::organization_id.eq(organization))
        .filter(operators::status.ne(OperatorStatus::Deleted))
        .count()
        .get_result(conn)?)
}

pub(super) fn find(
    conn: &mut Conn,
    organization: OrganizationId,
    id: OperatorId,
) -> Result<Option<Operator>> {
    let row: Option<Row> = operators::table
        .find((organization, id))
        .select(Row::as_select())
        .get_result(conn)
        .optional()?;
    Ok(row.map(Operator::from))
}

/// Returns the organization's operators with these ids, deleted ones included.
pub(super) fn among(
    conn: &mut Conn,
    organization: OrganizationId,
    ids: &[OperatorId],
) -> Result<Vec<Operator>> {
    let rows: Vec<Row> = operators::table
        .filter(operators::organization_id.eq(organization))
        .filter(operators::id.eq_any(ids))
        .select(Row::as_select())
        .load(conn)?;
    Ok(rows.into_iter().map(Operator::from).collect())
}

/// Returns the operators with these external ids that are not deleted: at most one for each.
pub(super) fn by_external_ids(
    conn: &mut Conn,
    organization: OrganizationId,
    external_ids: &[&str],
) -> Result<Vec<Operator>> {
    let rows: Vec<Row> = operators::table
        .filter(operators::organization_id.eq(organization))
        .filter(operators::external_id.eq_any(external_ids))
        .filter(operators::status.ne(OperatorStatus::Deleted))
        .select(Row::as_select())
        .load(conn)?;
    Ok(rows.into_iter().map(Operator::from).collect())
}

fn rows<'a>(operators: impl IntoIterator<Item = &'a Operator>, now: Timestamp) -> Vec<Row> {
    let row = |operator| Row::of(operator, now);
    operators.into_iter().map(row).collect()
}

/// Inserts operators.
pub(super) fn insert<'a>(
    conn: &mut Conn,
    operators: impl IntoIterator<Item = &'a Operator>,
    now: Timestamp,
) -> Result<()> {
    Row::insert(conn, &rows(operators, now))
}

/// Changes operators whose external id, email and status stay as they are.
pub(super) fn update_name_and_role<'a>(
    conn: &mut Conn,
    operators: impl IntoIterator<Item = &'a Operator>,
    now: Timestamp,
) -> Result<()> {
    Row::write::<NameAndRole>(conn, &rows(operators, now))
}

/// Changes operators, except their emails.
pub(super) fn update_except_email<'a>(
    conn: &mut Conn,
    operators: impl IntoIterator<Item = &'a Operator>,
    now: Timestamp,
) -> Result<()> {
    Row::write::<ExceptEmail>(conn, &rows(operators, now))
}

/// Changes operators whose email changes, too.
pub(super) fn update_whole<'a>(
    conn: &mut Conn,
    operators: impl IntoIterator<Item = &'a Operator>,
    now: Timestamp,
) -> Result<()> {
    Row::write::<Whole>(conn, &rows(operators, now))
}

/// Releases external ids of operators, which the same transaction gives to others.
pub(super) fn release_external_ids(
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
pub(super) fn release_emails(
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
