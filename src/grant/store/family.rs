//! The table `grants`.

use std::collections::HashMap;

use diesel::dsl::max;
use diesel::prelude::*;

use super::{resources_in, scopes_in};
use crate::access::ScopeSet;
use crate::base::{ClientId, GrantId, OperatorId, OrganizationId, Sequence, Timestamp, TokenId};
use crate::db::schema::{grants, ledger};
use crate::db::{Conn, Error, Result};

/// A grant: what an operator allowed a client at one sign-in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// The organization.
    pub organization: OrganizationId,
    /// Its id.
    pub id: GrantId,
    /// The client.
    pub client: ClientId,
    /// The operator.
    pub operator: OperatorId,
    /// The whole scope.
    pub scopes: ScopeSet,
    /// The resources that access tokens are for.
    pub resources: Vec<String>,
    /// The `nonce` of the request. `None` if it had none.
    pub nonce: Option<String>,
    /// When the operator signed in.
    pub auth_time: Timestamp,
    /// How the operator signed in: `pwd`, or `pwd otp`.
    pub amr: String,
    /// The browser session. `None` if there is none.
    pub sid: Option<TokenId>,
    /// The thumbprint of the key that its tokens are bound to. `None` if they are bound to none.
    pub dpop_jkt: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When a token of it was last issued.
    pub last_used_at: Timestamp,
    /// When the last of its tokens expires.
    pub expires_at: Timestamp,
    /// When it was revoked. `None` if it was not.
    pub ended_at: Option<Timestamp>,
}

/// Which grants to list, in the order of their ids.
#[derive(Debug, Clone)]
pub struct GrantFilter {
    /// The organization.
    pub organization: OrganizationId,
    /// Only grants of this client. `None` for all.
    pub client: Option<ClientId>,
    /// Only grants of this operator. `None` for all.
    pub operator: Option<OperatorId>,
    /// Only grants with a higher id. `None` for all.
    pub after: Option<GrantId>,
    /// At most this many.
    pub limit: i64,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = grants, treat_none_as_default_value = false)]
struct Row {
    organization_id: OrganizationId,
    id: GrantId,
    client_id: ClientId,
    operator_id: OperatorId,
    scopes: String,
    resources: String,
    nonce: Option<String>,
    auth_time: Timestamp,
    amr: String,
    sid: Option<TokenId>,
    dpop_jkt: Option<String>,
    created_at: Timestamp,
    last_used_at: Timestamp,
    expires_at: Timestamp,
    ended_at: Option<Timestamp>,
}

impl TryFrom<Row> for Grant {
    type Error = Error;
    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            organization: row.organization_id,
            id: row.id,
            client: row.client_id,
            operator: row.operator_id,
            scopes: scopes_in(&row.scopes)?,
            resources: resources_in(&row.resources),
            nonce: row.nonce,
            auth_time: row.auth_time,
            amr: row.amr,
            sid: row.sid,
            dpop_jkt: row.dpop_jkt,
            created_at: row.created_at,
            last_used_at: row.last_used_at,
            expires_at: row.expires_at,
            ended_at: row.ended_at,
        })
    }
}

/// Stores a new grant.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn insert_grant(conn: &mut Conn, grant: &Grant) -> Result<()> {
    diesel::insert_into(grants::table)
        .values(Row {
            organization_id: grant.organization,
            id: grant.id,
            client_id: grant.client.clone(),
            operator_id: grant.operator,
            scopes: grant.scopes.to_string(),
            resources: grant.resources.join(" "),
            nonce: grant.nonce.clone(),
            auth_time: grant.auth_time,
            amr: grant.amr.clone(),
            sid: grant.sid,
            dpop_jkt: grant.dpop_jkt.clone(),
            created_at: grant.created_at,
            last_used_at: grant.last_used_at,
            expires_at: grant.expires_at,
            ended_at: grant.ended_at,
        })
        .execute(conn)?;
    Ok(())
}

/// Returns a grant of the organization. `None` if it has no such grant.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn find_grant(
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

/// Returns grants that have not been revoked and of which a token may be valid at `now`.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn grants(conn: &mut Conn, filter: &GrantFilter, now: Timestamp) -> Result<Vec<Grant>> {
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
    if let Some(after) = filter.after {
        query = query.filter(grants::id.gt(after));
    }
    let rows: Vec<Row> = query.order(grants::id).limit(filter.limit).load(conn)?;
    rows.into_iter().map(Grant::try_from).collect()
}

/// Records that tokens of the grant are issued, the last of which expires at `until`. The row stays
/// locked until the transaction ends, so a revoke runs before or after the whole transaction.
/// Returns `false` if the grant was revoked; then nothing may be issued.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn extend_grant(
    conn: &mut Conn,
    organization: OrganizationId,
    id: GrantId,
    until: Timestamp,
    now: Timestamp,
) -> Result<bool> {
    let live = grants::table
        .find((organization, id))
        .filter(grants::ended_at.is_null());
    let changed = diesel::update(live)
        .set(grants::last_used_at.eq(now))
        .execute(conn)?;
    if changed == 0 {
        return Ok(false);
    }
    let shorter = grants::table
        .find((organization, id))
        .filter(grants::expires_at.lt(until));
    diesel::update(shorter)
        .set(grants::expires_at.eq(until))
        .execute(conn)?;
    Ok(true)
}

/// Ends a grant. Returns `false` if it has ended already, or there is no such grant.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn end_grant(
    conn: &mut Conn,
    organization: OrganizationId,
    id: GrantId,
    now: Timestamp,
) -> Result<bool> {
    let live = grants::table
        .find((organization, id))
        .filter(grants::ended_at.is_null());
    let changed = diesel::update(live)
        .set(grants::ended_at.eq(now))
        .execute(conn)?;
    Ok(changed == 1)
}

/// Returns the highest `rev` of a token of each of these grants that has yielded one.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn last_revs(
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
