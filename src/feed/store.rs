//! The queries on the rows of the feed.

use diesel::alias;
use diesel::dsl::{case_when, exists};
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::index::Held;
use super::purge::settled;
use super::target::Name;
use super::{Entry, EntryKind, Fact, Needed, Position, Record, Target, TargetKind};
use crate::base::{EntryTag, KeyId, OperatorId, OrganizationId, Sequence, Timestamp, TokenId};
use crate::db::schema::{feed, feed_head, organizations};
use crate::db::{Conn, Error, Result, Rows, wake_others};
use crate::token::{Claims, Life};
use crate::uptime::Ticks;

const HEAD: i64 = 1;

const ORGANIZATION: EntryKind = EntryKind::Revoked(TargetKind::Organization);

crate::rows! {
    #[derive(Queryable, Selectable)]
    #[diesel(table_name = feed)]
    struct Row in feed {
        seq: Sequence,
        organization_id: OrganizationId,
        kind: EntryKind,
        jti: Option<TokenId>,
        operator_id: Option<OperatorId>,
        at: Timestamp,
        until: Option<Timestamp>,
        kid: Option<KeyId>,
        ends_at: Option<Timestamp>,
        mark: EntryTag,
        life_days: Option<i64>,
        after_seq: Option<Sequence>,
    }
}

/// The columns from which the fact of an entry is read.
struct FactColumns {
    seq: Sequence,
    kind: EntryKind,
    name: Name,
    ends_at: Option<Timestamp>,
    after_seq: Option<Sequence>,
}

impl FactColumns {
    fn fact(self) -> Result<Fact> {
        let Name { jti, operator, .. } = self.name;
        let fact = match self.kind {
            EntryKind::Revoked(kind) => Target::named(kind, self.name).map(Fact::Revoked),
            EntryKind::CompanyTokenEnds => jti
                .zip(self.ends_at)
                .map(|(jti, end)| Fact::CompanyTokenEnds(jti, end)),
            EntryKind::OperatorChanged => operator.map(|id| Fact::Changed(Record::Operator(id))),
            EntryKind::OrganizationChanged => Some(Fact::Changed(Record::Organization)),
            EntryKind::KeysChanged => Some(Fact::Changed(Record::Keys)),
            EntryKind::OrganizationCreated => Some(Fact::OrganizationCreated),
            EntryKind::Tick => Some(Fact::Tick),
            EntryKind::Lost => self.after_seq.map(Fact::Lost),
        };
        let missing = || format!("feed entry {} does not say what it concerns", self.seq);
        fact.ok_or_else(|| Error::Internal(missing()))
    }
}

impl TryFrom<Row> for Entry {
    type Error = Error;
    fn try_from(row: Row) -> Result<Self> {
        let columns = FactColumns {
            seq: row.seq,
            kind: row.kind,
            name: Name {
                jti: row.jti,
                operator: row.operator_id,
                kid: row.kid,
            },
            ends_at: row.ends_at,
            after_seq: row.after_seq,
        };
        Ok(Self {
            seq: row.seq,
            mark: row.mark,
            organization: row.organization_id,
            fact: columns.fact()?,
            at: row.at,
            life: life(row.life_days),
            until: row.until,
        })
    }
}

impl From<&Entry> for Row {
    fn from(entry: &Entry) -> Self {
        let fact = &entry.fact;
        Self {
            seq: entry.seq,
            organization_id: entry.organization,
            kind: fact.kind(),
            jti: fact.jti(),
            operator_id: fact.operator(),
            at: entry.at,
            until: entry.until,
            kid: fact.kid(),
            ends_at: fact.ends_at(),
            mark: entry.mark,
            life_days: entry.life.days().map(i64::from),
            after_seq: fact.after(),
        }
    }
}

fn life(days: Option<i64>) -> Life {
    let days = days.and_then(|days| u16::try_from(days).ok());
    days.map_or(Life::Endless, Life::Days)
}

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

/// Returns the sequence of the last committed entry.
///
/// # Errors
/// Returns an error if the database fails.
pub fn head(conn: &mut Conn) -> Result<Sequence> {
    place(conn).map(|place| place.seq)
}

/// Returns the position of the last committed entry.
pub(super) fn place(conn: &mut Conn) -> Result<Position> {
    let (seq, mark) = feed_head::table
        .find(HEAD)
        .select((feed_head::seq, feed_head::mark))
        .get_result(conn)?;
    Ok(Position { seq, mark })
}

/// Ensures that the head is an entry, and above `reached`: it may have been changed by hand, or
/// have gone back. If an entry must be written for this, it says that the signing keys changed,
/// because entries about keys may be lost as well.
pub(super) fn secure_head(conn: &mut Conn, reached: Sequence, now: Timestamp) -> Result<()> {
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
pub(super) fn record_lost(conn: &mut Conn, rev: Sequence, now: Timestamp) -> Result<Option<Entry>> {
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

/// Returns all organizations, each with the sequence of the entry that says that it was created.
pub(super) fn organizations(conn: &mut Conn) -> Result<Vec<(OrganizationId, Sequence)>> {
    Ok(organizations::table
        .select((organizations::id, organizations::created_seq))
        .load(conn)?)
}

fn is_known(conn: &mut Conn, place: Position) -> Result<bool> {
    let entry = feed::table
        .filter(feed::seq.eq(place.seq))
        .filter(feed::mark.eq(place.mark));
    Ok(diesel::select(exists(entry)).get_result(conn)?)
}

/// Returns the entries after `from`, up to and including `head`, at most `limit`, in order. `None`
/// if the database does not have `from`. One statement reads the entries and checks `from`.
pub(super) fn entries_after(
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
pub(super) fn live(
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

/// Deletes entries that are no longer needed ([`super::is_spent`]), at most `limit` of each life.
/// Returns their number.
pub(super) fn purge(conn: &mut Conn, ticks: &Ticks, limit: i64) -> Result<usize> {
    let settled = settled(ticks).min(head(conn)?);
    if settled <= Sequence(0) {
        return Ok(0);
    }
    let lives: Vec<Option<i64>> = feed::table
        .filter(feed::life_days.is_not_null())
        .select(feed::life_days)
        .distinct()
        .load(conn)?;
    let mut spent: Vec<Sequence> = Vec::new();
    for days in lives {
        let below = ticks.spent(life(days)).min(settled);
        spent.extend::<Vec<Sequence>>(
            feed::table
                .filter(feed::life_days.eq(days))
                .filter(feed::seq.lt(below))
                .order(feed::seq)
                .limit(limit)
                .select(feed::seq)
                .load(conn)?,
        );
    }
    let later = alias!(feed as later);
    let same_organization = later
        .filter(later.field(feed::organization_id).eq(feed::organization_id))
        .filter(later.field(feed::kind).eq(ORGANIZATION))
        .filter(later.field(feed::life_days).is_null())
        .filter(later.field(feed::seq).gt(feed::seq));
    spent.extend::<Vec<Sequence>>(
        feed::table
            .filter(feed::life_days.is_null())
            .filter(feed::kind.eq(ORGANIZATION))
            .filter(feed::seq.lt(settled))
            .filter(exists(same_organization))
            .limit(limit)
            .select(feed::seq)
            .load(conn)?,
    );
    Ok(diesel::delete(feed::table.filter(feed::seq.eq_any(&spent))).execute(conn)?)
}

/// Returns an organization's revocations after `after`, at most `limit`, in order. Revocations of
/// signing keys are in the list of every organization.
///
/// # Errors
/// Returns an error if the database fails.
pub fn page(
    conn: &mut Conn,
    organization: OrganizationId,
    after: Sequence,
    limit: i64,
) -> Result<Vec<Entry>> {
    // Two scans of one index. What is committed between them lies beyond the head and is left for
    // the next page.
    let head = head(conn)?;
    let mut of = |organization: OrganizationId| -> Result<Vec<Row>> {
        Ok(feed::table
            .filter(feed::organization_id.eq(organization))
            .filter(feed::seq.gt(after))
            .filter(feed::seq.le(head))
            .filter(feed::kind.eq_any(EntryKind::listed()))
            .order(feed::seq)
            .limit(limit)
            .select(Row::as_select())
            .load(conn)?)
    };
    let mut rows = of(organization)?;
    rows.extend(of(OrganizationId::SERVICE)?);
    rows.sort_by_key(|row| row.seq);
    rows.truncate(usize::try_from(limit).unwrap_or_default());
    rows.into_iter().map(Entry::try_from).collect()
}

/// Returns the entries of one kind that name exactly `name`, after `after`.
fn concerning(
    conn: &mut Conn,
    organization: OrganizationId,
    kind: EntryKind,
    name: Name,
    after: Sequence,
) -> Result<Vec<Entry>> {
    let mut query = feed::table
        .filter(feed::organization_id.eq(organization))
        .filter(feed::kind.eq(kind))
        .filter(feed::seq.gt(after))
        .select(Row::as_select())
        .into_boxed();
    query = match name.jti {
        Some(jti) => query.filter(feed::jti.eq(jti)),
        None => query.filter(feed::jti.is_null()),
    };
    query = match name.operator {
        Some(operator) => query.filter(feed::operator_id.eq(operator)),
        None => query.filter(feed::operator_id.is_null()),
    };
    let rows: Vec<Row> = query.load(conn)?;
    rows.into_iter().map(Entry::try_from).collect()
}

/// Returns the first entry that revokes a token, by the same rules as
/// [`Index::judge`](super::Index::judge). `None` if none does.
///
/// # Errors
/// Returns an error if the database fails.
pub fn revoking_entry(conn: &mut Conn, claims: &Claims) -> Result<Option<Entry>> {
    let (own, service) = (claims.organization, OrganizationId::SERVICE);
    let mut entries = Vec::new();
    for target in claims.targets() {
        let kind = EntryKind::Revoked(target.kind());
        let after = target.revoked_after(claims.rev);
        entries.extend(concerning(conn, own, kind, target.name(), after)?);
    }
    for kind in [ORGANIZATION, EntryKind::Lost] {
        entries.extend(concerning(
            conn,
            service,
            kind,
            Name::default(),
            claims.rev,
        )?);
    }
    entries.retain(|entry| entry.revokes(claims));
    Ok(entries.into_iter().min_by_key(|entry| entry.seq))
}

/// Returns the entry that sets the earliest end of a company token. `None` if none does.
///
/// # Errors
/// Returns an error if the database fails.
pub fn end_of(
    conn: &mut Conn,
    organization: OrganizationId,
    jti: TokenId,
) -> Result<Option<Entry>> {
    let kind = EntryKind::CompanyTokenEnds;
    let name = Name {
        jti: Some(jti),
        ..Name::default()
    };
    let entries = concerning(conn, organization, kind, name, Sequence(0))?;
    Ok(entries
        .into_iter()
        .min_by_key(|entry| (entry.fact.ends_at(), entry.seq)))
}

/// Returns the entry that revoked a signing key. `None` if none did.
///
/// # Errors
/// Returns an error if the database fails.
pub fn key_revoked(conn: &mut Conn, kid: KeyId) -> Result<Option<Entry>> {
    let row: Option<Row> = feed::table
        .filter(feed::organization_id.eq(OrganizationId::SERVICE))
        .filter(feed::kind.eq(EntryKind::Revoked(TargetKind::Key)))
        .filter(feed::kid.eq(kid))
        .order(feed::seq)
        .select(Row::as_select())
        .first(conn)
        .optional()?;
    row.map(Entry::try_from).transpose()
}
