//! The table `opaque_tokens`: access tokens that are no JWTs.

use diesel::prelude::*;

use crate::base::{Digest, OrganizationId, Timestamp};
use crate::db::schema::opaque_tokens;
use crate::db::{Conn, Result, Rows};

/// An opaque access token as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = opaque_tokens)]
pub struct OpaqueToken {
    /// The organization.
    #[diesel(column_name = organization_id)]
    pub organization: OrganizationId,
    /// The digest of its text.
    pub digest: Digest,
    /// Its claims as JSON, as they would stand in a JWT.
    pub claims: String,
    /// When it expires.
    pub expires_at: Timestamp,
}

crate::rows! {
    struct Row in opaque_tokens {
        organization_id: OrganizationId,
        digest: Digest,
        claims: String,
        expires_at: Timestamp,
    }
}

/// Stores new opaque tokens.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn insert_opaque_tokens<'a>(
    conn: &mut Conn,
    tokens: impl IntoIterator<Item = &'a OpaqueToken>,
) -> Result<()> {
    let rows: Vec<Row> = tokens
        .into_iter()
        .map(|token| Row {
            organization_id: token.organization,
            digest: token.digest,
            claims: token.claims.clone(),
            expires_at: token.expires_at,
        })
        .collect();
    Row::insert(conn, &rows)
}

/// Returns the opaque token with this digest, of whatever organization. `None` if there is none.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn find_opaque_token(conn: &mut Conn, digest: Digest) -> Result<Option<OpaqueToken>> {
    Ok(opaque_tokens::table
        .filter(opaque_tokens::digest.eq(digest))
        .select(OpaqueToken::as_select())
        .first(conn)
        .optional()?)
}
