//! The first use of refresh tokens: one conditional statement.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary};

use crate::base::{Digest, OrganizationId, Timestamp};
use crate::db::schema::refresh_tokens;
use crate::db::{Conn, Result, Sorted};
use crate::grant::refresh_successor::Salt;

/// The first use of a refresh token: from now on it stands for its one successor.
#[derive(Debug, Clone)]
pub struct FirstUseOf {
    /// The organization.
    pub organization: OrganizationId,
    /// The digest of the token.
    pub digest: Digest,
    /// When it is.
    pub at: Timestamp,
    /// The salt that the successor's text is derived with.
    pub salt: Salt,
    /// The digest of the successor.
    pub successor: Digest,
    /// When the successor expires. The row of the used token is kept as long.
    pub successor_expires_at: Timestamp,
}

crate::set_statement! {
    struct UseRefreshTokens {
        organization: OrganizationId as BigInt,
        digest: Digest as Binary,
        at: Timestamp as BigInt,
        salt: [u8] as Binary,
        successor: Digest as Binary,
        successor_expires_at: Timestamp as BigInt,
    } -> BigInt =
        "UPDATE refresh_tokens AS t SET used_at = v.at, salt = v.salt, successor = v.successor, \
         successor_expires_at = v.ends, expires_at = v.ends \
         FROM UNNEST($1, $2, $3, $4, $5, $6) WITH ORDINALITY AS v (organization_id, digest, at, salt, successor, ends, n) \
         WHERE t.organization_id = v.organization_id AND t.digest = v.digest \
         AND t.used_at IS NULL AND t.expires_at > v.at RETURNING v.n";
}

/// Uses refresh tokens for the first time. Returns for each whether this call did. If it did not, the
/// token was used before, or has expired; then nothing changes. If a token is given several times, one
/// of them uses it.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn use_refresh_tokens(conn: &mut Conn, uses: &[FirstUseOf]) -> Result<Vec<bool>> {
    if uses.is_empty() {
        return Ok(Vec::new());
    }
    match conn {
        Conn::Postgres(conn) => {
            let sorted = Sorted::by(uses, |used| (used.organization, used.digest.0));
            let changed: Vec<i64> = UseRefreshTokens {
                organization: sorted.column(|used| &used.organization),
                digest: sorted.column(|used| &used.digest),
                at: sorted.column(|used| &used.at),
                salt: sorted.column(|used| used.salt.0.as_slice()),
                successor: sorted.column(|used| &used.successor),
                successor_expires_at: sorted.column(|used| &used.successor_expires_at),
            }
            .load(conn)?;
            Ok(sorted.are_among(&changed))
        }
        Conn::Sqlite(_) => {
            let outcomes = uses.iter().map(|one| use_refresh_token(conn, one));
            outcomes.collect()
        }
    }
}

fn use_refresh_token(conn: &mut Conn, used: &FirstUseOf) -> Result<bool> {
    let unused = refresh_tokens::table
        .find((used.organization, used.digest))
        .filter(refresh_tokens::used_at.is_null())
        .filter(refresh_tokens::expires_at.gt(used.at));
    let changed = diesel::update(unused)
        .set((
            refresh_tokens::used_at.eq(used.at),
            refresh_tokens::salt.eq(Digest(used.salt.0)),
            refresh_tokens::successor.eq(used.successor),
            refresh_tokens::successor_expires_at.eq(used.successor_expires_at),
            refresh_tokens::expires_at.eq(used.successor_expires_at),
        ))
        .execute(conn)?;
    Ok(changed == 1)
}
