//! The table `platform_forms`: forms that make something once.

use diesel::prelude::*;

use crate::base::{Digest, Timestamp};
use crate::db::schema::platform_forms as table;
use crate::db::{Conn, Result};
use crate::on_backend;

/// Takes the turn of a form. Returns whether this caller is the first. On PostgreSQL another caller
/// waits until the first one has committed.
pub(in crate::platform) fn claim_form(
    conn: &mut Conn,
    digest: Digest,
    now: Timestamp,
) -> Result<bool> {
    let values = (table::digest.eq(digest), table::sent_at.eq(now));
    let inserted = on_backend!(conn, c => diesel::insert_into(table::table)
        .values(values)
        .on_conflict_do_nothing()
        .execute(c))?;
    Ok(inserted == 1)
}

/// Returns what a form has made.
pub(in crate::platform) fn made_by_form(conn: &mut Conn, digest: Digest) -> Result<Option<String>> {
    let found: Option<Option<String>> = table::table
        .find(digest)
        .select(table::made)
        .first(conn)
        .optional()?;
    Ok(found.flatten())
}

/// Stores what a form has made.
pub(in crate::platform) fn set_made(conn: &mut Conn, digest: Digest, what: &str) -> Result<()> {
    diesel::update(table::table.find(digest))
        .set(table::made.eq(what))
        .execute(conn)?;
    Ok(())
}

/// Forgets a form.
pub(in crate::platform) fn forget_form(conn: &mut Conn, digest: Digest) -> Result<()> {
    diesel::delete(table::table.find(digest)).execute(conn)?;
    Ok(())
}

/// Deletes at most `limit` forms that were sent before `sent_before`. Returns their number.
pub(in crate::platform) fn purge_forms(
    conn: &mut Conn,
    sent_before: Timestamp,
    limit: i64,
) -> Result<usize> {
    let old: Vec<Digest> = table::table
        .filter(table::sent_at.lt(sent_before))
        .order(table::sent_at)
        .limit(limit)
        .select(table::digest)
        .load(conn)?;
    for digest in &old {
        diesel::delete(table::table.find(digest)).execute(conn)?;
    }
    Ok(old.len())
}
