//! Deletes rows of browser sessions and of requests that a browser began.

use diesel::prelude::*;

use crate::base::{Digest, Timestamp};
use crate::db::schema::{browser_sessions, page_requests};
use crate::db::{Conn, Result};

/// Deletes sessions that were last seen before `horizon`, at most `limit`. Returns their number.
pub(in crate::session) fn purge_sessions(
    conn: &mut Conn,
    horizon: Timestamp,
    limit: i64,
) -> Result<usize> {
    let old: Vec<Digest> = browser_sessions::table
        .filter(browser_sessions::last_seen_at.lt(horizon))
        .order(browser_sessions::last_seen_at)
        .limit(limit)
        .select(browser_sessions::digest)
        .load(conn)?;
    for digest in &old {
        diesel::delete(browser_sessions::table.find(digest)).execute(conn)?;
    }
    Ok(old.len())
}

/// Deletes requests that expired before `horizon`, at most `limit`. Returns their number.
pub(in crate::session) fn purge_requests(
    conn: &mut Conn,
    horizon: Timestamp,
    limit: i64,
) -> Result<usize> {
    let old: Vec<Digest> = page_requests::table
        .filter(page_requests::expires_at.lt(horizon))
        .order(page_requests::expires_at)
        .limit(limit)
        .select(page_requests::digest)
        .load(conn)?;
    for digest in &old {
        diesel::delete(page_requests::table.find(digest)).execute(conn)?;
    }
    Ok(old.len())
}
