//! The head: the position of the last committed entry, and what is done when the database has lost
//! entries that were committed.

use diesel::dsl::exists;
use diesel::prelude::*;

use super::append;
use crate::base::{OrganizationId, Sequence, Timestamp};
use crate::db::schema::{feed, feed_head};
use crate::db::{Conn, Result};
use crate::feed::{Entry, Fact, Needed, Position, Record};

/// The id of the only row of `feed_head`.
pub(super) const HEAD: i64 = 1;

/// Returns the sequence of the last committed entry.
///
/// # Errors
/// Returns an error if the database fails.
pub fn head(conn: &mut Conn) -> Result<Sequence> {
    place(conn).map(|place| place.seq)
}

/// Returns the position of the last committed entry.
pub(in crate::feed) fn place(conn: &mut Conn) -> Result<Position> {
    let (seq, mark) = feed_head::table
        .find(HEAD)
        .select((feed_head::seq, feed_head::mark))
        .get_result(conn)?;
    Ok(Position { seq, mark })
}

/// Ensures that the head is an entry, and above `reached`: it may have been changed by hand, or
/// have gone back. If an entry must be written for this, it says that the signing keys changed,
/// because entries about keys may be lost as well.
pub(in crate::feed) fn secure_head(
    conn: &mut Conn,
    reached: Sequence,
    now: Timestamp,
) -> Result<()> {
    let head = place(conn)?;
    if is_known(conn, head)? && head.seq > reached {
        return Ok(());
    }
    diesel::update(feed_head::table.filter(feed_head::seq.lt(reached)))
        .set(feed_head::seq.eq(reached))
        .execute(conn)?;
    let service = OrganizationId::SERVICE;
    append(
        conn,
        service,
        Fact::Changed(Record::Keys),
        now,
        Needed::in_passing(now),
    )?;
    Ok(())
}

/// Writes an entry that says that the sequences above the head, up to `rev`, are lost. It revokes
/// every token whose `rev` is one of them, and lifts the head above them. Returns `None` if the
/// head is at `rev` or above.
pub(in crate::feed) fn record_lost(
    conn: &mut Conn,
    rev: Sequence,
    now: Timestamp,
) -> Result<Option<Entry>> {
    // This takes the lock that every writer takes: the head does not move until this is committed.
    let head: Sequence = diesel::update(feed_head::table.find(HEAD))
        .set(feed_head::seq.eq(feed_head::seq))
        .returning(feed_head::seq)
        .get_result(conn)?;
    if head >= rev {
        return Ok(None);
    }
    diesel::update(feed_head::table.find(HEAD))
        .set(feed_head::seq.eq(rev))
        .execute(conn)?;
    let service = OrganizationId::SERVICE;
    append(conn, service, Fact::Lost(head), now, Needed::ALWAYS).map(Some)
}

fn is_known(conn: &mut Conn, place: Position) -> Result<bool> {
    let entry = feed::table
        .filter(feed::seq.eq(place.seq))
        .filter(feed::mark.eq(place.mark));
    Ok(diesel::select(exists(entry)).get_result(conn)?)
}
