//! The column `last_token_at`.

use diesel::prelude::*;
use diesel::sql_types::BigInt;

use crate::base::{OperatorId, OrganizationId, Timestamp};
use crate::db::schema::operators;
use crate::db::{Conn, Result};

/// The organization, the operator, and when its token was issued.
type LastToken = (OrganizationId, OperatorId, Timestamp);

crate::set_statement! {
    /// Writes to the records that no other transaction has locked, so it waits for nobody and cannot
    /// cause a deadlock. Returns the ids of those.
    struct Write {
        organization: OrganizationId as BigInt,
        operator: OperatorId as BigInt,
        at: Timestamp as BigInt,
    } -> BigInt =
        "WITH free AS (SELECT o.organization_id, o.id, t.at FROM operators o \
         JOIN UNNEST($1, $2, $3) AS t (organization_id, id, at) \
         ON o.organization_id = t.organization_id AND o.id = t.id FOR NO KEY UPDATE OF o SKIP LOCKED) \
         UPDATE operators SET last_token_at = GREATEST(operators.last_token_at, free.at) FROM free \
         WHERE operators.organization_id = free.organization_id AND operators.id = free.id \
         RETURNING operators.id";
}

/// Writes when operators got their last tokens. A later time that is there is kept. Returns those whose
/// record was not locked by another transaction.
pub(in crate::operator) fn write_last_tokens(
    conn: &mut Conn,
    tokens: &[LastToken],
) -> Result<Vec<LastToken>> {
    match conn {
        Conn::Postgres(conn) => {
            let written: Vec<OperatorId> = Write {
                organization: tokens.iter().map(|(of, ..)| of).collect(),
                operator: tokens.iter().map(|(_, id, _)| id).collect(),
                at: tokens.iter().map(|(.., at)| at).collect(),
            }
            .load(conn)?;
            let mut tokens = tokens.to_vec();
            tokens.retain(|(_, id, _)| written.contains(id));
            Ok(tokens)
        }
        Conn::Sqlite(conn) => {
            for (organization, id, at) in tokens {
                let earlier = operators::last_token_at
                    .is_null()
                    .or(operators::last_token_at.lt(*at));
                let row = operators::table.find((*organization, *id));
                diesel::update(row.filter(earlier))
                    .set(operators::last_token_at.eq(*at))
                    .execute(conn)?;
            }
            Ok(tokens.to_vec())
        }
    }
}
