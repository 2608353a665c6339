//! Writes when tokens were last used: one statement of fixed text on PostgreSQL, a cached one for
//! each row on SQLite.

use diesel::pg::{Pg, PgConnection};
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sql_types::{Array, BigInt, Binary, Nullable};

use super::Use;
use crate::db::schema::ledger;
use crate::db::{Conn, Result};

struct Columns<'a> {
    organization: Vec<i64>,
    jti: Vec<&'a [u8]>,
    at: Vec<i64>,
}

impl QueryId for Columns<'_> {
    type QueryId = Columns<'static>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl QueryFragment<Pg> for Columns<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        // Rows are locked in the order of their keys, so that two nodes that write the same rows
        // cannot deadlock.
        out.push_sql(
            "WITH used AS (SELECT l.organization_id, l.jti, u.at FROM ledger l JOIN UNNEST(",
        );
        out.push_bind_param::<Array<BigInt>, _>(&self.organization)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Binary>, _>(&self.jti)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<BigInt>, _>(&self.at)?;
        out.push_sql(
            ") AS u (organization_id, jti, at) ON l.organization_id = u.organization_id AND l.jti = u.jti \
             WHERE l.last_used_at IS NULL OR l.last_used_at < u.at \
             ORDER BY l.organization_id, l.jti FOR NO KEY UPDATE OF l) \
             UPDATE ledger SET last_used_at = used.at, \
             first_used_at = COALESCE(ledger.first_used_at, ledger.last_used_at, used.at) FROM used \
             WHERE ledger.organization_id = used.organization_id AND ledger.jti = used.jti",
        );
        Ok(())
    }
}

impl RunQueryDsl<PgConnection> for Columns<'_> {}

diesel::define_sql_function! {
    /// The first of three values that is there.
    #[sql_name = "COALESCE"]
    fn first_of(first: Nullable<BigInt>, second: Nullable<BigInt>, third: BigInt) -> BigInt;
}

/// Writes uses. A later use recorded by another node is kept.
pub(in crate::ledger) fn write(conn: &mut Conn, uses: &[Use]) -> Result<()> {
    match conn {
        Conn::Sqlite(conn) => {
            for one in uses {
                let earlier = ledger::last_used_at
                    .is_null()
                    .or(ledger::last_used_at.lt(one.at));
                diesel::update(
                    ledger::table
                        .find((one.organization, one.jti))
                        .filter(earlier),
                )
                .set((
                    ledger::last_used_at.eq(one.at),
                    ledger::first_used_at.eq(first_of(
                        ledger::first_used_at,
                        ledger::last_used_at,
                        one.at,
                    )
                    .nullable()),
                ))
                .execute(conn)?;
            }
        }
        Conn::Postgres(conn) => {
            let columns = Columns {
                organization: uses.iter().map(|one| one.organization.0).collect(),
                jti: uses.iter().map(|one| one.jti.0.as_slice()).collect(),
                at: uses.iter().map(|one| one.at.0).collect(),
            };
            columns.execute(conn)?;
        }
    }
    Ok(())
}
