//! The table `console_forms`: forms that make something once.

use diesel::prelude::*;

use crate::base::{Digest, OrganizationId, Timestamp};
use crate::db::schema::console_forms as table;
use crate::db::{Conn, Result};
use crate::on_backend;

/// Takes the turn of a form. Returns whether this caller is the first. On PostgreSQL another caller
/// waits until the first one has committed.
pub(in crate::session) fn claim_form(
    conn: &mut Conn,
    organization: OrganizationId,
    digest: Digest,
    now: Timestamp,
) -> Result<bool> {
    let values = (
        table::organization_id.eq(organization),
        table::digest.eq(digest),
        table::sent_at.eq(now),
    );
    let inserted = on_backend!(conn, c => diesel::insert_into(table::table)
        .values(values)
        .on_conflict_do_nothing()
        .execute(c))?;
    Ok(inserted == 1)
}

/// Returns what a form has made.
pub(in crate::session) fn made_by_form(
    conn: &mut Conn,
    organization: OrganizationId,
    digest: Digest,
) -> Result<Option<String>> {
    let found: Option<Option<String>> = table::table
        .find((organization, digest))
        .select(table::made)
        .first(conn)
        .optional()?;
    Ok(found.flatten())
}

/// Stores what a form has made.
pub(in crate::session) fn set_made(
    conn: &mut Conn,
    organization: OrganizationId,
    digest: Digest,
    what: &str,
) -> Result<()> {
    diesel::update(table::table.find((organization, digest)))
        .set(table::made.eq(what))
        .execute(conn)?;
    Ok(())
}

/// Deletes at most `limit` forms that were sent before `sent_before`. Returns their number.
pub(in crate::session) fn purge_forms(
    conn: &mut Conn,
    sent_before: Timestamp,
    limit: i64,
) -> Result<usize> {
    let old: Vec<(OrganizationId, Digest)> = table::table
        .filter(table::sent_at.lt(sent_before))
        .order(table::sent_at)
        .limit(limit)
        .select((table::organization_id, table::digest))
        .load(conn)?;
    for id in &old {
        diesel::delete(table::table.find(*id)).execute(conn)?;
    }
    Ok(old.len())
}
