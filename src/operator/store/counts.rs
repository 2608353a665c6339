//! How many operators organizations have.

use std::collections::HashMap;

use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::BigInt;

use crate::base::{OperatorId, OrganizationId};
use crate::db::schema::operators;
use crate::db::{Conn, Result};
use crate::on_backend;
use crate::operator::OperatorStatus;

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

/// Returns how many operators of an organization are not deleted, at most `most`.
///
/// # Errors
/// Returns the errors of the database.
pub fn count_up_to(conn: &mut Conn, organization: OrganizationId, most: i64) -> Result<i64> {
    let mut number = 0;
    for status in [OperatorStatus::Active, OperatorStatus::Inactive] {
        let some: Vec<OperatorId> = operators::table
            .filter(operators::organization_id.eq(organization))
            .filter(operators::status.eq(status))
            .select(operators::id)
            .limit(most - number)
            .load(conn)?;
        number += i64::try_from(some.len()).unwrap_or(i64::MAX);
    }
    Ok(number)
}

/// Returns how many operators of each of these organizations are not deleted, at most `most` for each.
///
/// # Errors
/// Returns the errors of the database.
pub fn counts_up_to(
    conn: &mut Conn,
    organizations: &[OrganizationId],
    most: i64,
) -> Result<HashMap<OrganizationId, i64>> {
    #[derive(QueryableByName)]
    struct Count {
        #[diesel(sql_type = BigInt)]
        id: OrganizationId,
        #[diesel(sql_type = BigInt)]
        count: i64,
    }
    if organizations.is_empty() {
        return Ok(HashMap::new());
    }
    // Grouping would read every operator. So each organization and status is read up to `most` by itself.
    let one = |status: OperatorStatus| {
        format!(
            "(SELECT COUNT(*) FROM (SELECT 1 FROM operators WHERE organization_id = organizations.id \
             AND status = '{}' LIMIT {most}) AS found)",
            status.as_str()
        )
    };
    let ids: Vec<_> = organizations.iter().map(ToString::to_string).collect();
    let text = format!(
        "SELECT id, {} + {} AS count FROM organizations WHERE id IN ({})",
        one(OperatorStatus::Active),
        one(OperatorStatus::Inactive),
        ids.join(", ")
    );
    let counts: Vec<Count> = on_backend!(conn, c => sql_query(text).load(c))?;
    Ok(counts
        .into_iter()
        .map(|Count { id, count }| (id, count.min(most)))
        .collect())
}
