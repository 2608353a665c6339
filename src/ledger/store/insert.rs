//! Inserts issued tokens. On PostgreSQL, one statement of fixed text inserts many rows; on SQLite,
//! a cached statement inserts them one by one. Each is the fastest way on its database.

use diesel::pg::{Pg, PgConnection};
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sql_types::{Array, BigInt, Binary, Nullable, Text};

use crate::base::{ClientId, KeyId};
use crate::db::{Conn, Result};
use crate::ledger::Issued;

/// Rows as columns. The text of the statement never changes, so it is prepared only once.
struct Columns<'a> {
    organization: Vec<i64>,
    jti: Vec<&'a [u8]>,
    kind: Vec<&'a str>,
    operator: Vec<Option<i64>>,
    parent: Vec<Option<&'a [u8]>>,
    kid: Vec<Option<&'a str>>,
    client: Vec<Option<&'a str>>,
    grant: Vec<Option<&'a [u8]>>,
    rev: Vec<i64>,
    issued_at: Vec<i64>,
    expires_at: Vec<Option<i64>>,
    address: Vec<Option<&'a str>>,
}

impl<'a> Columns<'a> {
    fn of(rows: &'a [NewRow<'a>]) -> Self {
        fn column<'a, T>(rows: &'a [NewRow<'a>], of: impl Fn(&'a NewRow<'a>) -> T) -> Vec<T> {
            rows.iter().map(of).collect()
        }
        Self {
            organization: column(rows, |row| row.organization),
            jti: column(rows, |row| row.jti),
            kind: column(rows, |row| row.kind),
            operator: column(rows, |row| row.operator),
            parent: column(rows, |row| row.parent.as_deref()),
            kid: column(rows, |row| row.kid),
            client: column(rows, |row| row.client),
            grant: column(rows, |row| row.grant.as_deref()),
            rev: column(rows, |row| row.rev),
            issued_at: column(rows, |row| row.issued_at),
            expires_at: column(rows, |row| row.expires_at),
            address: column(rows, |row| row.address.as_deref()),
        }
    }
}

impl QueryId for Columns<'_> {
    type QueryId = Columns<'static>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl QueryFragment<Pg> for Columns<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(
            "INSERT INTO ledger \
             (organization_id, jti, kind, operator_id, parent, kid, rev, issued_at, expires_at, address, client_id, \
             grant_id) \
             SELECT * FROM UNNEST(",
        );
        out.push_bind_param::<Array<BigInt>, _>(&self.organization)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Binary>, _>(&self.jti)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Text>, _>(&self.kind)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Nullable<BigInt>>, _>(&self.operator)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Nullable<Binary>>, _>(&self.parent)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Nullable<Text>>, _>(&self.kid)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<BigInt>, _>(&self.rev)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<BigInt>, _>(&self.issued_at)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Nullable<BigInt>>, _>(&self.expires_at)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Nullable<Text>>, _>(&self.address)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Nullable<Text>>, _>(&self.client)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Nullable<Binary>>, _>(&self.grant)?;
        out.push_sql(")");
        Ok(())
    }
}

impl RunQueryDsl<PgConnection> for Columns<'_> {}

crate::row_statement! {
    /// A row that is inserted.
    struct NewRow<'a> {
        organization: i64 as BigInt,
        jti: &'a [u8] as Binary,
        kind: &'a str as Text,
        operator: Option<i64> as Nullable<BigInt>,
        parent: Option<Vec<u8>> as Nullable<Binary>,
        kid: Option<&'a str> as Nullable<Text>,
        rev: i64 as BigInt,
        issued_at: i64 as BigInt,
        expires_at: Option<i64> as Nullable<BigInt>,
        address: Option<String> as Nullable<Text>,
        client: Option<&'a str> as Nullable<Text>,
        grant: Option<Vec<u8>> as Nullable<Binary>,
    } = "INSERT INTO ledger \
         (organization_id, jti, kind, operator_id, parent, kid, rev, issued_at, expires_at, address, client_id, \
         grant_id) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";
}

impl<'a> From<&'a Issued> for NewRow<'a> {
    fn from(issued: &'a Issued) -> Self {
        let claims = &issued.claims;
        let parent = claims.parent().or(issued.subject);
        Self {
            organization: claims.organization.0,
            jti: claims.jti.0.as_slice(),
            kind: claims.kind().as_str(),
            operator: claims.operator().map(|id| id.0),
            parent: parent.map(|id| id.0.to_vec()),
            kid: issued.kid.as_ref().map(KeyId::as_str),
            rev: claims.rev.0,
            issued_at: claims.issued_at.0,
            expires_at: claims.expires_at().map(|at| at.0),
            address: issued.address.map(|address| address.to_string()),
            client: issued.client.as_ref().map(ClientId::as_str),
            grant: claims.grant().map(|id| id.0.0.to_vec()),
        }
    }
}

/// Inserts issued tokens in the caller's transaction: one statement on PostgreSQL, one for each row
/// on SQLite.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn insert<'a>(conn: &mut Conn, issued: impl IntoIterator<Item = &'a Issued>) -> Result<()> {
    let rows = issued.into_iter().map(NewRow::from);
    match conn {
        Conn::Sqlite(conn) => {
            for row in rows {
                row.execute(conn)?;
            }
        }
        Conn::Postgres(conn) => {
            let rows: Vec<_> = rows.collect();
            if !rows.is_empty() {
                Columns::of(&rows).execute(conn)?;
            }
        }
    }
    Ok(())
}
