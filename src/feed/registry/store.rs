//! The queries on the rows of nodes.

use std::time::Duration;

use diesel::dsl::exists;
use diesel::prelude::*;

use super::NodeId;
use crate::base::{EntryTag, Sequence, Timestamp, random};
use crate::db::schema::{feed, incarnations, nodes};
use crate::db::{Conn, Result};
use crate::feed::Position;
use crate::on_backend;

/// A node's row, as other nodes read it.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = nodes)]
pub struct Node {
    pub(super) id: i64,
    /// The node's host name.
    pub name: String,
    pub(super) lease: i64,
    /// The last sequence that the node has confirmed.
    pub applied_seq: Sequence,
    /// The heartbeat: each write changes it, to a value that it never had in this incarnation of
    /// the database.
    pub(super) beats: i64,
}

impl Node {
    pub(super) fn lease(&self) -> Duration {
        Duration::from_micros(u64::try_from(self.lease).unwrap_or_default())
    }
}

/// Everything that a node's row says about it.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = nodes)]
pub(super) struct Full {
    pub(super) id: i64,
    pub(super) name: String,
    pub(super) lease: i64,
    pub(super) applied_seq: Sequence,
    pub(super) started_at: Timestamp,
    pub(super) seen_at: Timestamp,
    pub(super) version: Option<String>,
}

/// Returns what the rows of all nodes say, ordered by name.
pub(super) fn full(conn: &mut Conn) -> Result<Vec<Full>> {
    Ok(nodes::table
        .order((nodes::name, nodes::started_at, nodes::id))
        .select(Full::as_select())
        .load(conn)?)
}

/// Inserts a node's row, and replaces an earlier one. The node has no lease until a sync that began
/// after this was committed.
pub(in crate::feed) fn register(
    conn: &mut Conn,
    id: NodeId,
    name: &str,
    lease: Duration,
    now: Timestamp,
) -> Result<()> {
    deregister(conn, id)?;
    diesel::insert_into(nodes::table)
        .values((
            nodes::id.eq(id.0),
            nodes::name.eq(name),
            nodes::lease.eq(i64::try_from(lease.as_micros()).unwrap_or(i64::MAX)),
            nodes::applied_seq.eq(Sequence(0)),
            // A random start: what others saw of an earlier row of this node must not apply to this
            // one.
            nodes::beats.eq(i64::from(u32::from_be_bytes(random::bytes())) << 31),
            nodes::started_at.eq(now),
            nodes::seen_at.eq(now),
            nodes::version.eq(env!("CARGO_PKG_VERSION")),
        ))
        .execute(conn)?;
    Ok(())
}

diesel::define_sql_function! {
    /// Changes a setting; if `local`, only for the transaction.
    fn set_config(name: diesel::sql_types::Text, value: diesel::sql_types::Text, local: diesel::sql_types::Bool) -> diesel::sql_types::Text;
}

/// A condition that is always true and makes the commit of this statement wait for neither the disk
/// nor a standby.
#[diesel::dsl::auto_type]
fn not_waiting() -> _ {
    set_config("synchronous_commit", "off", true).is_not_null()
}

/// Confirms the position of a node, after its index holds it. Returns whether the node's row exists
/// and the database has an entry at the position.
///
/// PostgreSQL need not have written this to the disk or to a standby before it answers, so nodes
/// keep their leases while the disk is slow or the standby is away. A crash that takes the
/// confirmation back makes a revoke wait longer. It also starts a new [`incarnation`], in which the
/// row has not been unchanged for long, however it looked before.
pub(in crate::feed) fn confirm(
    conn: &mut Conn,
    id: NodeId,
    applied: Position,
    now: Timestamp,
) -> Result<bool> {
    let entry = feed::table
        .filter(feed::seq.eq(applied.seq))
        .filter(feed::mark.eq(applied.mark));
    let change = (
        nodes::applied_seq.eq(applied.seq),
        nodes::beats.eq(nodes::beats + 1),
        nodes::seen_at.eq(now),
    );
    let row = nodes::table.find(id.0).filter(exists(entry));
    let rows = match conn {
        Conn::Postgres(conn) => diesel::update(row.filter(not_waiting()))
            .set(change)
            .execute(conn)?,
        Conn::Sqlite(conn) => diesel::update(row).set(change).execute(conn)?,
    };
    Ok(rows == 1)
}

/// Deletes the row of a node that has stopped serving.
pub(in crate::feed) fn deregister(conn: &mut Conn, id: NodeId) -> Result<()> {
    diesel::delete(nodes::table.find(id.0)).execute(conn)?;
    Ok(())
}

/// Returns all nodes.
///
/// # Errors
/// Returns an error if the database fails.
pub fn nodes(conn: &mut Conn) -> Result<Vec<Node>> {
    Ok(nodes::table
        .order(nodes::id)
        .select(Node::as_select())
        .load(conn)?)
}

/// Returns the tag of the present incarnation of the database. A crash or a failover, which may
/// take something back, starts a new one. `None` if it has no tag yet.
///
/// # Errors
/// Returns an error if the database fails.
pub(in crate::feed) fn incarnation(conn: &mut Conn) -> Result<Option<EntryTag>> {
    Ok(incarnations::table
        .select(incarnations::mark)
        .get_result(conn)
        .optional()?)
}

/// Tags the present incarnation of the database, unless another node has done so.
pub(in crate::feed) fn mark_incarnation(conn: &mut Conn) -> Result<()> {
    let row = (
        incarnations::id.eq(1),
        incarnations::mark.eq(EntryTag::draw()),
    );
    on_backend!(conn, c => diesel::insert_into(incarnations::table)
        .values(row)
        .on_conflict_do_nothing()
        .execute(c))?;
    Ok(())
}

/// Deletes a row, unless its node has written to it since or the database has crashed. Returns
/// whether it was deleted. As for [`confirm`], the commit does not wait for the disk: a row that
/// comes back is deleted again.
pub(in crate::feed) fn clear(
    conn: &mut Conn,
    incarnation: EntryTag,
    (id, beats): (i64, i64),
) -> Result<bool> {
    let same = incarnations::table.filter(incarnations::mark.eq(incarnation));
    let row = nodes::table
        .find(id)
        .filter(nodes::beats.eq(beats))
        .filter(exists(same));
    let rows = match conn {
        Conn::Postgres(conn) => diesel::delete(row.filter(not_waiting())).execute(conn)?,
        Conn::Sqlite(conn) => diesel::delete(row).execute(conn)?,
    };
    Ok(rows == 1)
}
