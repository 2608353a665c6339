//! The operators' rows.

use diesel::prelude::*;

use super::{Operator, OperatorStatus, Profile};
use crate::base::{OperatorId, OrganizationId, Timestamp};
use crate::db::schema::operators;
use crate::db::{Conn, Result};

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = operators, treat_none_as_default_value = false, treat_none_as_null = true)]
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
            email_key: email.as_deref().map(str::to_lowercase),
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

/// Which operators to list, by id.
#[derive(Debug, Clone)]
pub struct Filter {
    /// Whose.
    pub organization: OrganizationId,
    /// Only those in this state; none: those not deleted.
    pub status: Option<OperatorStatus>,
    /// Only the one with this external id.
    pub external_id: Option<String>,
    /// Only those after this one.
    pub after: Option<OperatorId>,
    /// At most so many.
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

/// The operator with an external id that is not deleted: there is at most one.
pub(super) fn by_external_id(
    conn: &mut Conn,
    organization: OrganizationId,
    external_id: &str,
) -> Result<Option<Operator>> {
    let row: Option<Row> = operators::table
        .filter(operators::organization_id.eq(organization))
        .filter(operators::external_id.eq(external_id))
        .filter(operators::status.ne(OperatorStatus::Deleted))
        .select(Row::as_select())
        .get_result(conn)
        .optional()?;
    Ok(row.map(Operator::from))
}

/// How many of these external ids operators have that are not deleted.
pub(super) fn count_by_external_id(
    conn: &mut Conn,
    organization: OrganizationId,
    external_ids: &[&str],
) -> Result<i64> {
    Ok(operators::table
        .filter(operators::organization_id.eq(organization))
        .filter(operators::external_id.eq_any(external_ids))
        .filter(operators::status.ne(OperatorStatus::Deleted))
        .count()
        .get_result(conn)?)
}

pub(super) fn insert(conn: &mut Conn, operator: &Operator, now: Timestamp) -> Result<()> {
    diesel::insert_into(operators::table)
        .values(&Row::of(operator, now))
        .execute(conn)?;
    Ok(())
}

pub(super) fn update(conn: &mut Conn, operator: &Operator, now: Timestamp) -> Result<()> {
    diesel::update(operators::table.find((operator.organization, operator.id)))
        .set(&Row::of(operator, now))
        .execute(conn)?;
    Ok(())
}
