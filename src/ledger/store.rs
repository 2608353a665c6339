//! The ledger's rows. Many rows at once go in as one statement of fixed text on PostgreSQL, and one by one through a
//! cached statement on SQLite; both are what is fastest there.

use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Binary, Nullable, Text};

use super::{Filter, Issued, Line};
use crate::base::{OperatorId, OrganizationId, Sequence, Timestamp, TokenId};
use crate::db::schema::ledger;
use crate::db::{Conn, Error, Result};
use crate::token::{Claims, Grant, Kind};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = ledger, treat_none_as_default_value = false)]
struct Row {
    organization_id: OrganizationId,
    jti: TokenId,
    kind: Kind,
    operator_id: Option<OperatorId>,
    parent: Option<TokenId>,
    kid: String,
    rev: Sequence,
    issued_at: Timestamp,
    expires_at: Option<Timestamp>,
    last_used_at: Option<Timestamp>,
    address: Option<String>,
}

impl From<&Issued> for Row {
    fn from(issued: &Issued) -> Self {
        let claims = &issued.claims;
        Self {
            organization_id: claims.organization,
            jti: claims.jti,
            kind: claims.kind(),
            operator_id: claims.operator(),
            parent: claims.parent(),
            kid: issued.kid.clone(),
            rev: claims.rev,
            issued_at: claims.issued_at,
            expires_at: claims.expires_at(),
            last_used_at: None,
            address: issued.address.map(|address| address.to_string()),
        }
    }
}

impl TryFrom<Row> for Line {
    type Error = Error;
    fn try_from(row: Row) -> Result<Self> {
        let grant = match (row.kind, row.operator_id, row.parent, row.expires_at) {
            (Kind::Company, ..) => Grant::Company {
                expires_at: row.expires_at,
            },
            (Kind::Operator, Some(operator), Some(parent), Some(expires_at)) => Grant::Operator {
                operator,
                parent,
                expires_at,
            },
            _ => {
                return Err(Error::Internal(format!(
                    "the ledger's line of {} is not whole",
                    row.jti
                )));
            }
        };
        let claims = Claims {
            jti: row.jti,
            organization: row.organization_id,
            rev: row.rev,
            issued_at: row.issued_at,
            grant,
        };
        Ok(Self {
            claims,
            last_used_at: row.last_used_at,
        })
    }
}

const INSERT_POSTGRES: &str = "INSERT INTO ledger \
    (organization_id, jti, kind, operator_id, parent, kid, rev, issued_at, expires_at, address) \
    SELECT * FROM UNNEST($1::bigint[], $2::bytea[], $3::text[], $4::bigint[], $5::bytea[], $6::text[], $7::bigint[], \
    $8::bigint[], $9::bigint[], $10::text[])";

/// Writes what was issued, all in the caller's transaction.
///
/// # Errors
/// Those of the database.
pub fn insert(conn: &mut Conn, issued: &[Issued]) -> Result<()> {
    match conn {
        Conn::Sqlite(conn) => {
            for row in issued {
                diesel::insert_into(ledger::table)
                    .values(Row::from(row))
                    .execute(conn)?;
            }
        }
        Conn::Postgres(conn) => {
            fn column<'a, T>(issued: &'a [Issued], of: impl Fn(&'a Issued) -> T) -> Vec<T> {
                issued.iter().map(of).collect()
            }
            diesel::sql_query(INSERT_POSTGRES)
                .bind::<Array<BigInt>, _>(column(issued, |i| i.claims.organization))
                .bind::<Array<Binary>, _>(column(issued, |i| i.claims.jti.0.as_slice()))
                .bind::<Array<Text>, _>(column(issued, |i| i.claims.kind().as_str()))
                .bind::<Array<Nullable<BigInt>>, _>(column(issued, |i| {
                    i.claims.operator().map(|id| id.0)
                }))
                .bind::<Array<Nullable<Binary>>, _>(column(issued, |i| {
                    i.claims.parent().map(|id| id.0.to_vec())
                }))
                .bind::<Array<Text>, _>(column(issued, |i| i.kid.as_str()))
                .bind::<Array<BigInt>, _>(column(issued, |i| i.claims.rev.0))
                .bind::<Array<BigInt>, _>(column(issued, |i| i.claims.issued_at.0))
                .bind::<Array<Nullable<BigInt>>, _>(column(issued, |i| {
                    i.claims.expires_at().map(|at| at.0)
                }))
                .bind::<Array<Nullable<Text>>, _>(column(issued, |i| {
                    i.address.map(|address| address.to_string())
                }))
                .execute(conn)?;
        }
    }
    Ok(())
}

/// Tokens that have not ended by `now`, newest first. Whether one is revoked is the feed's to say.
///
/// # Errors
/// Those of the database.
pub fn live(conn: &mut Conn, filter: &Filter, now: Timestamp) -> Result<Vec<Line>> {
    let mut query = ledger::table
        .filter(ledger::organization_id.eq(filter.organization))
        .filter(ledger::expires_at.is_null().or(ledger::expires_at.gt(now)))
        .select(Row::as_select())
        .into_boxed();
    if let Some(before) = filter.before {
        query = query.filter(ledger::jti.lt(before));
    }
    if let Some(operator) = filter.operator {
        query = query.filter(ledger::operator_id.eq(operator));
    }
    if let Some(kind) = filter.kind {
        query = query.filter(ledger::kind.eq(kind));
    }
    let rows: Vec<Row> = query
        .order(ledger::jti.desc())
        .limit(filter.limit)
        .load(conn)?;
    rows.into_iter().map(Line::try_from).collect()
}

/// Deletes at most `limit` lines of tokens that ended before `horizon`; how many there were.
///
/// # Errors
/// Those of the database.
pub fn purge(conn: &mut Conn, horizon: Timestamp, limit: i64) -> Result<usize> {
    let ended: Vec<(OrganizationId, TokenId)> = ledger::table
        .filter(ledger::expires_at.lt(horizon))
        .order(ledger::expires_at)
        .limit(limit)
        .select((ledger::organization_id, ledger::jti))
        .load(conn)?;
    for (organization, jti) in &ended {
        diesel::delete(ledger::table.find((organization, jti))).execute(conn)?;
    }
    Ok(ended.len())
}
