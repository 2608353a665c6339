//! The table `registration_tokens`.

use diesel::prelude::*;

use crate::base::{Digest, OrganizationId, Timestamp};
use crate::db::schema::registration_tokens;
use crate::db::{Conn, Result};

/// Stores a new token.
pub(super) fn insert(
    conn: &mut Conn,
    organization: OrganizationId,
    digest: Digest,
    uses: i64,
    now: Timestamp,
) -> Result<()> {
    diesel::insert_into(registration_tokens::table)
        .values((
            registration_tokens::organization_id.eq(organization),
            registration_tokens::digest.eq(digest),
            registration_tokens::uses_left.eq(uses),
            registration_tokens::created_at.eq(now),
        ))
        .execute(conn)?;
    Ok(())
}

/// Deletes the tokens of an organization that are used up.
pub(super) fn delete_used_up(conn: &mut Conn, organization: OrganizationId) -> Result<()> {
    let used_up = registration_tokens::table
        .filter(registration_tokens::organization_id.eq(organization))
        .filter(registration_tokens::uses_left.le(0));
    diesel::delete(used_up).execute(conn)?;
    Ok(())
}

/// Returns the organization whose clients a token may register. `None` if there is no such token,
/// or it is used up.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn find(conn: &mut Conn, digest: Digest) -> Result<Option<OrganizationId>> {
    Ok(registration_tokens::table
        .filter(registration_tokens::digest.eq(digest))
        .filter(registration_tokens::uses_left.gt(0))
        .select(registration_tokens::organization_id)
        .first(conn)
        .optional()?)
}

/// Uses a token once, in the caller's transaction. Returns `false` if it is used up. One statement
/// compares and counts, so calls at the same time use it no more often than it allows.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn use_once(conn: &mut Conn, organization: OrganizationId, digest: Digest) -> Result<bool> {
    let usable = registration_tokens::table
        .find((organization, digest))
        .filter(registration_tokens::uses_left.gt(0));
    let used = diesel::update(usable)
        .set(registration_tokens::uses_left.eq(registration_tokens::uses_left - 1))
        .execute(conn)?;
    Ok(used == 1)
}
