//! The rows that a restore reads and changes.

use std::time::Duration;

use diesel::prelude::*;

use crate::base::{Digest, PlatformAdminId, Sequence, Timestamp};
use crate::db::schema::{
    api_keys, deliveries, ended_platform_sessions as ended, feed_head, nodes, platform_sessions,
    registration_tokens, sequences,
};
use crate::db::{Conn, Result};

const HEAD: i64 = 1;

/// A row of the registry of nodes.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = nodes)]
pub(super) struct NodeRow {
    pub(super) id: i64,
    pub(super) name: String,
    pub(super) lease: i64,
    pub(super) beats: i64,
}

impl NodeRow {
    pub(super) fn lease(&self) -> Duration {
        Duration::from_micros(u64::try_from(self.lease).unwrap_or_default())
    }
}

/// Returns the registry of nodes, sorted by host.
pub(super) fn nodes(conn: &mut Conn) -> Result<Vec<NodeRow>> {
    Ok(nodes::table
        .order((nodes::name, nodes::id))
        .select(NodeRow::as_select())
        .load(conn)?)
}

/// Removes these rows from the registry.
pub(super) fn remove(conn: &mut Conn, rows: &[NodeRow]) -> Result<()> {
    let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
    diesel::delete(nodes::table.filter(nodes::id.eq_any(ids))).execute(conn)?;
    Ok(())
}

/// Returns the last id of each kind. Blocks every transaction that allocates ids until this one
/// ends.
pub(super) fn last_ids(conn: &mut Conn) -> Result<Vec<(String, i64)>> {
    let mut ids: Vec<(String, i64)> = diesel::update(sequences::table)
        .set(sequences::value.eq(sequences::value))
        .returning((sequences::name, sequences::value))
        .get_results(conn)?;
    ids.sort();
    Ok(ids)
}

pub(super) fn set_last_id(conn: &mut Conn, name: &str, last: i64) -> Result<()> {
    diesel::update(sequences::table.find(name))
        .set(sequences::value.eq(last))
        .execute(conn)?;
    Ok(())
}

/// Returns the head of the feed. Blocks every transaction that writes to the feed until this one
/// ends.
pub(super) fn head(conn: &mut Conn) -> Result<Sequence> {
    Ok(diesel::update(feed_head::table.find(HEAD))
        .set(feed_head::seq.eq(feed_head::seq))
        .returning(feed_head::seq)
        .get_result(conn)?)
}

/// Raises the head. No entry exists there yet: one must be appended in the same transaction.
pub(super) fn set_head(conn: &mut Conn, head: Sequence) -> Result<()> {
    diesel::update(feed_head::table.find(HEAD))
        .set(feed_head::seq.eq(head))
        .execute(conn)?;
    Ok(())
}

/// Deletes the sessions of admins of the platform, because no entry of the feed ends them, and keeps whose
/// they were.
pub(super) fn delete_platform_sessions(conn: &mut Conn) -> Result<()> {
    let removed: Vec<(Digest, PlatformAdminId, Timestamp)> =
        diesel::delete(platform_sessions::table)
            .returning((
                platform_sessions::digest,
                platform_sessions::admin_id,
                platform_sessions::last_seen_at,
            ))
            .get_results(conn)?;
    for (digest, admin, last_seen_at) in removed {
        diesel::insert_into(ended::table)
            .values((
                ended::digest.eq(digest),
                ended::admin_id.eq(admin),
                ended::last_seen_at.eq(last_seen_at),
            ))
            .execute(conn)?;
    }
    Ok(())
}

/// Deletes the tokens that register clients: their uses since the copy was made are not in it.
pub(super) fn delete_registration_tokens(conn: &mut Conn) -> Result<()> {
    diesel::delete(registration_tokens::table).execute(conn)?;
    Ok(())
}

/// Quarantines every active API key: the copy may have the text of one that was revoked, quarantined
/// or rotated in the lost time. Returns how many.
pub(super) fn quarantine_api_keys(conn: &mut Conn) -> Result<usize> {
    let active = api_keys::table.filter(api_keys::status.eq("active"));
    Ok(diesel::update(active)
        .set(api_keys::status.eq("quarantined"))
        .execute(conn)?)
}

/// Returns the number of waiting messages to webhooks.
pub(super) fn waiting_messages(conn: &mut Conn) -> Result<i64> {
    Ok(deliveries::table
        .filter(deliveries::due_at.is_not_null())
        .count()
        .get_result(conn)?)
}
