//! The nodes' rows.

use std::time::Duration;

use diesel::dsl::exists;
use diesel::prelude::*;

use super::NodeId;
use crate::base::{EntryTag, Sequence, Timestamp, random};
use crate::db::schema::{feed, incarnations, nodes};
use crate::db::{Conn, Result};
use crate::feed::Position;
use crate::on_backend;

/// A node's row, as others see it.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = nodes)]
pub struct Node {
    pub(super) id: i64,
    /// Its host.
    pub name: String,
    pub(super) lease: i64,
    /// How far it has said it is.
    pub applied_seq: Sequence,
    /// Never the same twice in one incarnation of the database, unless nothing was written.
    pub(super) beats: i64,
}

impl Node {
    pub(super) fn lease(&self) -> Duration {
        Duration::from_micros(u64::try_from(self.lease).unwrap_or_default())
    }
}

/// Enters a node, anew if it was there. It has no lease until a sync that began after this was committed.
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
            // What was seen of an earlier row of this node says nothing of this one.
            nodes::beats.eq(i64::from(u32::from_be_bytes(random::bytes())) << 31),
            nodes::started_at.eq(now),
            nodes::seen_at.eq(now),
        ))
        .execute(conn)?;
    Ok(())
}

diesel::define_sql_function! {
    /// Changes a setting, if `local` for the transaction only.
    fn set_config(name: diesel::sql_types::Text, value: diesel::sql_types::Text, local: diesel::sql_types::Bool) -> diesel::sql_types::Text;
}

/// That nobody waits for the disk or a standby when this statement is committed.
#[diesel::dsl::auto_type]
fn not_waiting() -> _ {
    set_config("synchronous_commit", "off", true).is_not_null()
}

/// Says how far a node has come, after its index holds it; whether its row was still there, and the database knows the place.
///
/// PostgreSQL need not have it on the disk, nor at a standby, before it answers: so nodes keep their leases while the disk is slow
/// or the standby is away. A crash that takes it back makes a revoke wait longer, and starts a new [`incarnation`], in which the row
/// has not stood still for long, however it looked before.
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

/// Takes a node out: it has stopped serving.
pub(in crate::feed) fn deregister(conn: &mut Conn, id: NodeId) -> Result<()> {
    diesel::delete(nodes::table.find(id.0)).execute(conn)?;
    Ok(())
}

/// All nodes.
///
/// # Errors
/// Those of the database.
pub fn nodes(conn: &mut Conn) -> Result<Vec<Node>> {
    Ok(nodes::table
        .order(nodes::id)
        .select(Node::as_select())
        .load(conn)?)
}

/// The mark of the database's life since a crash, or a failover, may last have taken something back; none: it has none yet.
///
/// # Errors
/// Those of the database.
pub(in crate::feed) fn incarnation(conn: &mut Conn) -> Result<Option<EntryTag>> {
    Ok(incarnations::table
        .select(incarnations::mark)
        .get_result(conn)
        .optional()?)
}

/// Gives the database a mark, unless another node has.
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

/// Clears away a row, unless its node has shown itself since or the database has crashed; nobody waits for it, as for
/// [`confirm`]: a row that comes back is cleared away again.
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
