//! The table `grants`.

use std::collections::{HashMap, HashSet};

use diesel::dsl::max;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary};

use super::{resources_in, scopes_in};
use crate::access::ScopeSet;
use crate::base::{ClientId, GrantId, OperatorId, OrganizationId, Sequence, Timestamp, TokenId};
use crate::db::schema::{grants, ledger};
use crate::db::{Conn, Error, Result, Rows, Sorted};

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

crate::rows! {
    #[derive(Queryable, Selectable)]
    #[diesel(table_name = grants)]
    struct Row in grants {
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
}

impl From<&Grant> for Row {
    fn from(grant: &Grant) -> Self {
        Self {
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
        }
    }
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

/// Stores new grants.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn insert_grants<'a>(
    conn: &mut Conn,
    grants: impl IntoIterator<Item = &'a Grant>,
) -> Result<()> {
    let rows: Vec<Row> = grants.into_iter().map(Row::from).collect();
    Row::insert(conn, &rows)
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

/// Returns those grants of the organization that have one of these ids.
///
/// # Errors
/// Returns an error if the database call fails.
pub(super) fn find_grants(
    conn: &mut Conn,
    organization: OrganizationId,
    ids: &[GrantId],
) -> Result<HashMap<GrantId, Grant>> {
    let of_organization = grants::table.filter(grants::organization_id.eq(organization));
    let rows: Vec<Row> = match conn {
        Conn::Postgres(conn) => of_organization
            .filter(grants::id.eq_any(ids))
            .select(Row::as_select())
            .load(conn)?,
        // One text that is prepared once is faster than one for each number of ids.
        Conn::Sqlite(conn) => {
            let mut rows = Vec::with_capacity(ids.len());
            for id in ids {
                let query = of_organization.filter(grants::id.eq(id));
                rows.extend(query.select(Row::as_select()).load::<Row>(conn)?);
            }
            rows
        }
    };
    let found = rows.into_iter().map(|row| Ok((row.id, row.try_into()?)));
    found.collect()
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

/// The use of a grant: tokens of it are issued.
#[derive(Debug, Clone)]
pub struct Extend {
    /// The organization.
    pub organization: OrganizationId,
    /// The grant.
    pub grant: GrantId,
    /// When the last of the tokens expires.
    pub until: Timestamp,
    /// When.
    pub now: Timestamp,
}

crate::set_statement! {
    struct ExtendGrants {
        organization: OrganizationId as BigInt,
        grant: GrantId as Binary,
        until: Timestamp as BigInt,
        now: Timestamp as BigInt,
    } -> (BigInt, Binary) =
        "UPDATE grants SET last_used_at = v.now, expires_at = GREATEST(grants.expires_at, v.until) \
         FROM (SELECT u.organization_id, u.id, MAX(u.until) AS until, MAX(u.now) AS now \
         FROM UNNEST($1, $2, $3, $4) AS u (organization_id, id, until, now) \
         GROUP BY u.organization_id, u.id ORDER BY u.organization_id, u.id) AS v \
         WHERE grants.organization_id = v.organization_id AND grants.id = v.id \
         AND grants.ended_at IS NULL RETURNING grants.organization_id, grants.id";
}

/// Records that tokens of the grants are issued. The rows stay locked until the transaction ends, so a
/// revoke runs before or after the whole transaction. Returns for each whether it is live: if not, it
/// was revoked, and nothing may be issued. A grant may be given several times.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn extend_grants(conn: &mut Conn, uses: &[Extend]) -> Result<Vec<bool>> {
    if uses.is_empty() {
        return Ok(Vec::new());
    }
    match conn {
        Conn::Postgres(conn) => {
            let sorted = Sorted::by(uses, |used| (used.organization, used.grant));
            let live: Vec<(OrganizationId, GrantId)> = ExtendGrants {
                organization: sorted.column(|used| &used.organization),
                grant: sorted.column(|used| &used.grant),
                until: sorted.column(|used| &used.until),
                now: sorted.column(|used| &used.now),
            }
            .load(conn)?;
            let live: HashSet<_> = live.into_iter().collect();
            let each = uses.iter();
            Ok(each
                .map(|used| live.contains(&(used.organization, used.grant)))
                .collect())
        }
        Conn::Sqlite(_) => uses.iter().map(|used| extend_grant(conn, used)).collect(),
    }
}

fn extend_grant(conn: &mut Conn, used: &Extend) -> Result<bool> {
    let key = (used.organization, used.grant);
    let live = grants::table.find(key).filter(grants::ended_at.is_null());
    let changed = diesel::update(live)
        .set(grants::last_used_at.eq(used.now))
        .execute(conn)?;
    if changed == 0 {
        return Ok(false);
    }
    let shorter = grants::table
        .find(key)
        .filter(grants::expires_at.lt(used.until));
    diesel::update(shorter)
        .set(grants::expires_at.eq(used.until))
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
