//! The rows of operators.

use diesel::prelude::*;

use super::{Operator, OperatorStatus, Profile};
use crate::base::{OperatorId, OrganizationId, Timestamp, caseless};
use crate::db::schema::operators;
use crate::db::{Conn, Result};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = operators, treat_none_as_default_value = false)]
struct Row {
    organization_id: OrganizationId,
    id: OperatorId,
    name: String,
    external_id: Option<String>,
    email: Option<String>,
    email_key: Option<String>,
    role: Option<String>,
    status: OperatorStatus,
    created_at: Timestamp,
    updated_at: Timestamp,
    email_fold: Option<String>,
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

pub(super) fn insert(conn: &mut Conn, operator: &Operator, now: Timestamp) -> Result<()> {
    diesel::insert_into(operators::table)
        .values(&Row::of(operator, now))
        .execute(conn)?;
    Ok(())
}

/// Writes the differences between `before` and `after`. An unchanged email keeps its key, because
/// it may collide with an older one.
pub(super) fn update(
    conn: &mut Conn,
    before: &Operator,
    after: &Operator,
    now: Timestamp,
) -> Result<()> {
    let row = Row::of(after, now);
    let which = operators::table.find((after.organization, after.id));
    diesel::update(which)
        .set((
            operators::name.eq(row.name),
            operators::external_id.eq(row.external_id),
            operators::role.eq(row.role),
            operators::status.eq(row.status),
            operators::updated_at.eq(row.updated_at),
        ))
        .execute(conn)?;
    if after.profile.email != before.profile.email {
        diesel::update(which)
            .set((
                operators::email.eq(row.email),
                operators::email_key.eq(row.email_key),
                operators::email_fold.eq(row.email_fold),
            ))
            .execute(conn)?;
    }
    Ok(())
}

/// Releases an operator's external id, which the same transaction gives to another operator.
pub(super) fn release_external_id(conn: &mut Conn, operator: &Operator) -> Result<()> {
    diesel::update(operators::table.find((operator.organization, operator.id)))
        .set(operators::external_id.eq(None::<String>))
        .execute(conn)?;
    Ok(())
}

/// Releases an operator's email, which the same transaction gives to another operator.
pub(super) fn release_email(conn: &mut Conn, operator: &Operator) -> Result<()> {
    diesel::update(operators::table.find((operator.organization, operator.id)))
        .set((
            operators::email_key.eq(None::<String>),
            operators::email_fold.eq(None::<String>),
        ))
        .execute(conn)?;
    Ok(())
}
