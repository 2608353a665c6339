//! Queries for grants as the organization sees them.

use std::collections::HashMap;

use diesel::dsl::max;
use diesel::prelude::*;

use super::{Filter, Grant};
use crate::access::ScopeSet;
use crate::base::{ClientId, GrantId, OperatorId, OrganizationId, Sequence, Timestamp};
use crate::db::schema::{consents, grants, ledger};
use crate::db::{Conn, Error, Result};

#[derive(Queryable, Selectable)]
#[diesel(table_name = grants)]
struct Row {
    id: GrantId,
    client_id: ClientId,
    operator_id: OperatorId,
    scopes: String,
    created_at: Timestamp,
    last_used_at: Timestamp,
    expires_at: Timestamp,
    ended_at: Option<Timestamp>,
}

impl TryFrom<Row> for Grant {
    type Error = Error;
    fn try_from(row: Row) -> Result<Self> {
        let scopes = ScopeSet::parse(&row.scopes)
            .map_err(|why| Error::Internal(format!("the grant {}: {why}", row.id)))?;
        Ok(Self {
            id: row.id,
            client: row.client_id,
            operator: row.operator_id,
            scopes,
            created_at: row.created_at,
            last_used_at: row.last_used_at,
            expires_at: row.expires_at,
            ended_at: row.ended_at,
        })
    }
}

/// Returns grants that were not ended and have not expired at `now`, the newest first.
pub(super) fn page(conn: &mut Conn, filter: &Filter, now: Timestamp) -> Result<Vec<Grant>> {
    let mut query = grants::table
        .filter(grants::organization_id.eq(filter.organization))
        .filter(grants::ended_at.is_null())
        .filter(grants::expires_at.gt(now))
        .select(Row::as_select())
        .into_boxed();
    if let Some(client) = &filter.client {
        query = query.filter(grants::client_id.eq(client));
    }
    if let Some(operator) = filter.operator {
        query = query.filter(grants::operator_id.eq(operator));
    }
    if let Some(before) = filter.before {
        query = query.filter(grants::id.lt(before));
    }
    let rows: Vec<Row> = query
        .order(grants::id.desc())
        .limit(filter.limit)
        .load(conn)?;
    rows.into_iter().map(Grant::try_from).collect()
}

/// Returns the highest `rev` of a token of each grant that has yielded one.
pub(super) fn last_revs(
    conn: &mut Conn,
    organization: OrganizationId,
    found: &[Grant],
) -> Result<HashMap<GrantId, Sequence>> {
    let mut revs = HashMap::new();
    for grant in found {
        let rev: Option<Sequence> = ledger::table
            .filter(ledger::organization_id.eq(organization))
            .filter(ledger::grant_id.eq(grant.id))
            .select(max(ledger::rev))
            .first(conn)?;
        revs.extend(rev.map(|rev| (grant.id, rev)));
    }
    Ok(revs)
}

/// Returns a grant of the organization; `None` if it has no such grant.
pub(super) fn find(
    conn: &mut Conn,
    organization: OrganizationId,
    id: GrantId,
) -> Result<Option<Grant>> {
    let row: Option<Row> = grants::table
        .find((organization, id))
        .select(Row::as_select())
        .first(conn)
        .optional()?;
    row.map(Grant::try_from).transpose()
}

/// Marks a grant as ended. Returns whether it had not been.
pub(super) fn end(
    conn: &mut Conn,
    organization: OrganizationId,
    id: GrantId,
    now: Timestamp,
) -> Result<bool> {
    let own = grants::table
        .filter(grants::organization_id.eq(organization))
        .filter(grants::id.eq(id))
        .filter(grants::ended_at.is_null());
    let changed = diesel::update(own)
        .set(grants::ended_at.eq(now))
        .execute(conn)?;
    Ok(changed == 1)
}

/// Forgets what an operator allowed a client, unless there is another grant of both.
pub(super) fn forget_consent_unless_needed(
    conn: &mut Conn,
    organization: OrganizationId,
    grant: &Grant,
    now: Timestamp,
) -> Result<()> {
    let others: i64 = grants::table
        .filter(grants::organization_id.eq(organization))
        .filter(grants::client_id.eq(&grant.client))
        .filter(grants::operator_id.eq(grant.operator))
        .filter(grants::ended_at.is_null())
        .filter(grants::expires_at.gt(now))
        .count()
        .get_result(conn)?;
    if others > 0 {
        return Ok(());
    }
    let allowed = consents::table
        .filter(consents::organization_id.eq(organization))
        .filter(consents::client_id.eq(&grant.client))
        .filter(consents::operator_id.eq(grant.operator));
    diesel::delete(allowed).execute(conn)?;
    Ok(())
}
