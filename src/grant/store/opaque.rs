//! The table `opaque_tokens`: access tokens that are no JWTs.

use diesel::prelude::*;

use crate::base::{Digest, OrganizationId, Timestamp};
use crate::db::schema::opaque_tokens;
use crate::db::{Conn, Result};

/// An opaque access token as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
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

/// Stores a new opaque token.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn insert_opaque_token(conn: &mut Conn, token: &OpaqueToken) -> Result<()> {
    diesel::insert_into(opaque_tokens::table)
        .values(token)
        .execute(conn)?;
    Ok(())
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
