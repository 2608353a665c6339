//! What a node reads: at its start everything that can still affect a token, and from then on the
//! entries after those it has applied.

use diesel::prelude::*;

use super::{FactColumns, Row, life};
use crate::base::{OperatorId, OrganizationId, Sequence, Timestamp, TokenId};
use crate::db::schema::{feed, organizations};
use crate::db::{Conn, Result};
use crate::feed::index::Held;
use crate::feed::target::Name;
use crate::feed::{Entry, EntryKind, Position};
use crate::token::Life;
use crate::uptime::Ticks;

/// Returns all organizations, each with the sequence of the entry that says that it was created.
pub(in crate::feed) fn organizations(conn: &mut Conn) -> Result<Vec<(OrganizationId, Sequence)>> {
    Ok(organizations::table
        .select((organizations::id, organizations::created_seq))
        .load(conn)?)
}

/// Returns the entries after `from`, up to and including `head`, at most `limit`, in order. `None`
/// if the database does not have `from`. One statement reads the entries and checks `from`.
pub(in crate::feed) fn entries_after(
    conn: &mut Conn,
    from: Position,
    head: Sequence,
    limit: i64,
) -> Result<Option<Vec<Entry>>> {
    let rows: Vec<Row> = feed::table
        .filter(feed::seq.ge(from.seq))
        .filter(feed::seq.le(head))
        .order(feed::seq)
        .limit(limit + 1)
        .select(Row::as_select())
        .load(conn)?;
    let mut rows = rows.into_iter().peekable();
    if rows
        .next_if(|row| (row.seq, row.mark) == (from.seq, from.mark))
        .is_none()
    {
        return Ok(None);
    }
    rows.map(Entry::try_from).collect::<Result<_>>().map(Some)
}

/// Returns the entries that the index holds and that can still affect a token, after `after`, up to
/// `head`, at most `limit`, in order. The result also contains some entries of lives above one day
/// that are no longer needed.
pub(in crate::feed) fn live(
    conn: &mut Conn,
    ticks: &Ticks,
    after: Sequence,
    head: Sequence,
    limit: i64,
) -> Result<Vec<Held>> {
    type Columns = (
        Sequence,
        OrganizationId,
        EntryKind,
        Option<TokenId>,
        Option<OperatorId>,
        Option<Timestamp>,
        Option<i64>,
        Option<Sequence>,
    );
    // A start reads up to a million of these, so this selects only the columns that the index
    // needs.
    let rows: Vec<Columns> = feed::table
        .filter(feed::seq.gt(after))
        .filter(feed::seq.le(head))
        .filter(feed::kind.eq_any(EntryKind::all().filter(|kind| kind.is_held())))
        .filter(
            feed::seq
                .ge(ticks.floor(Life::Days(1)))
                .or(feed::life_days.is_null())
                .or(feed::life_days.gt(1)),
        )
        .order(feed::seq)
        .limit(limit)
        .select((
            feed::seq,
            feed::organization_id,
            feed::kind,
            feed::jti,
            feed::operator_id,
            feed::ends_at,
            feed::life_days,
            feed::after_seq,
        ))
        .load(conn)?;
    let to_hold =
        |(seq, organization, kind, jti, operator_id, ends_at, life_days, after_seq): Columns| {
            let columns = FactColumns {
                seq,
                kind,
                name: Name {
                    jti,
                    operator: operator_id,
                    kid: None,
                },
                ends_at,
                after_seq,
            };
            Ok(Held {
                seq,
                organization,
                fact: columns.fact()?,
                life: life(life_days),
            })
        };
    rows.into_iter().map(to_hold).collect()
}
