//! Writes entries, and moves the head with them.

use diesel::dsl::case_when;
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::Row;
use super::head::HEAD;
use crate::base::{EntryTag, OrganizationId, Sequence, Timestamp};
use crate::db::schema::feed_head;
use crate::db::{Conn, Error, Result, Rows, wake_others};
use crate::feed::{Entry, Fact, Needed};

/// Writes an entry. The row of the head stays locked until the transaction commits, so the order of
/// commits is the order of sequences.
///
/// # Errors
/// Returns an error if the database fails.
pub fn append(
    conn: &mut Conn,
    organization: OrganizationId,
    fact: Fact,
    at: Timestamp,
    needed: Needed,
) -> Result<Entry> {
    let entries = append_all(conn, organization, &[(fact, needed)], at)?;
    let missing = || Error::Internal("the feed has not taken an entry".to_owned());
    entries.into_iter().next().ok_or_else(missing)
}

/// Like [`append`], for many facts. Their entries are in this order, without a gap.
///
/// # Errors
/// Those of the database.
pub fn append_all(
    conn: &mut Conn,
    organization: OrganizationId,
    facts: &[(Fact, Needed)],
    at: Timestamp,
) -> Result<Vec<Entry>> {
    let marks: Vec<_> = facts.iter().map(|_| EntryTag::draw()).collect();
    let Some(last) = marks.last().copied() else {
        return Ok(Vec::new());
    };
    let count = i64::try_from(facts.len()).unwrap_or(i64::MAX);
    let latest = case_when(feed_head::at.lt(at), at.into_sql::<BigInt>()).otherwise(feed_head::at);
    let (head, latest): (Sequence, Timestamp) = diesel::update(feed_head::table.find(HEAD))
        .set((
            feed_head::seq.eq(feed_head::seq + count),
            feed_head::mark.eq(last),
            feed_head::at.eq(latest),
        ))
        .returning((feed_head::seq, feed_head::at))
        .get_result(conn)?;
    let entry = |(seq, (mark, (fact, needed))): (i64, (EntryTag, &(Fact, Needed)))| Entry {
        seq: Sequence(seq),
        mark,
        organization,
        fact: *fact,
        at,
        life: needed.life,
        // No follower may drop the entry too early because the clock that wrote it was behind.
        until: needed.ends.map(|(end, more)| end.max(latest).plus(more)),
    };
    let entries: Vec<_> = (head.0 - count + 1..)
        .zip(marks.into_iter().zip(facts))
        .map(entry)
        .collect();
    let rows: Vec<_> = entries.iter().map(Row::from).collect();
    Row::insert(conn, &rows)?;
    wake_others(conn)?;
    Ok(entries)
}
