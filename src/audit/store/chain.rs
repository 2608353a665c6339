//! The rows of the chain: what is sealed, and what was purged.

use diesel::prelude::*;
use diesel::sql_types::Binary;

use crate::audit::chain::{Batch, Content, Covers, Hash, Sealed};
use crate::base::{OrganizationId, Timestamp};
use crate::db::schema::{audit, audit_batches, audit_chain};
use crate::db::{Conn, Result, Rows, Statement};

crate::db::column!(Hash as Binary, [u8] => Vec<u8>, |hash| &hash.0, |bytes| {
    Ok(Hash(bytes.try_into().map_err(|_| "a hash is 32 bytes")?))
});

/// The id of the only row of `audit_chain`.
const ONLY: i64 = 1;

/// The row of the chain.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = audit_chain)]
pub(in crate::audit) struct Chain {
    /// The newest batch; 0 if there is none yet.
    pub(in crate::audit) batch: i64,
    /// Its hash.
    pub(in crate::audit) hash: Hash,
    /// The newest batch that was purged; 0 if none was.
    pub(in crate::audit) purged_batch: i64,
    /// Its hash.
    pub(in crate::audit) purged_hash: Hash,
    /// When the hash was last sent to webhooks.
    pub(in crate::audit) announced_at: Option<Timestamp>,
    /// The last batch that the job has checked.
    pub(in crate::audit) checked_batch: i64,
    /// The first batch in which the job found a fault.
    pub(in crate::audit) broken_batch: Option<i64>,
}

/// Returns the chain.
pub(in crate::audit) fn read(conn: &mut Conn) -> Result<Chain> {
    Ok(audit_chain::table
        .find(ONLY)
        .select(Chain::as_select())
        .get_result(conn)?)
}

/// Returns the chain, and locks it until the transaction ends. Each transaction that seals, purges or
/// erases lines does this first; a transaction that only records lines does not.
pub(in crate::audit) fn lock(conn: &mut Conn) -> Result<Chain> {
    diesel::update(audit_chain::table.find(ONLY))
        .set(audit_chain::id.eq(ONLY))
        .execute(conn)?;
    read(conn)
}

/// The columns of a line that enter its hash.
#[derive(Queryable, Selectable)]
#[diesel(table_name = audit)]
pub(super) struct Row {
    pub(super) id: i64,
    organization_id: Option<i64>,
    at: i64,
    actor: String,
    action: String,
    target: Option<String>,
    occurrences: i64,
    feed_seq: Option<i64>,
    address: Option<String>,
    request_id: Option<String>,
    detail: Option<String>,
    pub(super) batch: Option<i64>,
    link: Option<Vec<u8>>,
    salts: Option<Vec<u8>>,
}

impl From<Row> for Content {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            organization: row.organization_id,
            at: row.at,
            actor: row.actor,
            action: row.action,
            target: row.target,
            occurrences: row.occurrences,
            feed_seq: row.feed_seq,
            texts: [row.address, row.request_id, row.detail],
        }
    }
}

impl From<Row> for Sealed {
    fn from(mut row: Row) -> Self {
        let salts = row.salts.take().unwrap_or_default();
        let link = row.link.take().and_then(|link| link.try_into().ok());
        Self {
            covers: Covers::parse(&salts),
            link: link.map(Hash),
            content: row.into(),
        }
    }
}

/// Returns whether a line is not sealed yet.
pub(in crate::audit) fn has_unsealed(conn: &mut Conn) -> Result<bool> {
    let unsealed = audit::table.filter(audit::batch.is_null());
    let first: Option<i64> = unsealed.select(audit::id).first(conn).optional()?;
    Ok(first.is_some())
}

/// Returns lines that are not sealed yet, the oldest first.
pub(in crate::audit) fn unsealed(conn: &mut Conn, limit: i64) -> Result<Vec<Content>> {
    let rows: Vec<Row> = audit::table
        .filter(audit::batch.is_null())
        .order(audit::id)
        .limit(limit)
        .select(Row::as_select())
        .load(conn)?;
    Ok(rows.into_iter().map(Content::from).collect())
}

/// Returns how many of the oldest lines that are not sealed yet, at most `limit`, are an
/// organization's.
pub(in crate::audit) fn count_unsealed(
    conn: &mut Conn,
    organization: Option<OrganizationId>,
    limit: i64,
) -> Result<i64> {
    let of: Vec<Option<OrganizationId>> = audit::table
        .filter(audit::batch.is_null())
        .order(audit::id)
        .limit(limit)
        .select(audit::organization_id)
        .load(conn)?;
    let own = of
        .iter()
        .filter(|of| organization.is_none() || **of == organization);
    Ok(i64::try_from(own.count()).unwrap_or(limit))
}

crate::rows! {
    /// What sealing writes into a line. The id is the last column, as `Statement` requires.
    pub(in crate::audit) struct Seal in audit {
        batch: Option<i64>,
        link: Option<Vec<u8>>,
        salts: Option<Vec<u8>>,
        id: i64,
    }
}

/// Seals lines that are there.
struct Sealing;

impl Statement for Sealing {
    const POSTGRES: (&'static str, &'static str) = (
        "UPDATE audit SET batch = v.batch, link = v.link, salts = v.salts FROM UNNEST(",
        ") AS v (batch, link, salts, id) WHERE audit.id = v.id",
    );
    const SQLITE: &'static str = "UPDATE audit SET batch = ?1, link = ?2, salts = ?3 WHERE id = ?4";
}

impl Seal {
    pub(in crate::audit) fn new(id: i64, batch: i64, link: Hash, covers: Covers) -> Self {
        Self {
            batch: Some(batch),
            link: Some(link.0.to_vec()),
            salts: Some(covers.to_bytes()),
            id,
        }
    }
}

/// Writes a batch: its record, the seals of its lines, and the chain's new end.
pub(in crate::audit) fn insert(
    conn: &mut Conn,
    batch: &Batch,
    last_line: i64,
    seals: &[Seal],
) -> Result<()> {
    Seal::write::<Sealing>(conn, seals)?;
    diesel::insert_into(audit_batches::table)
        .values((
            audit_batches::id.eq(batch.id),
            audit_batches::lines.eq(batch.lines),
            audit_batches::last_line.eq(last_line),
            audit_batches::hash.eq(batch.hash),
            audit_batches::closed_at.eq(batch.sealed_at),
        ))
        .execute(conn)?;
    diesel::update(audit_chain::table.find(ONLY))
        .set((
            audit_chain::batch.eq(batch.id),
            audit_chain::hash.eq(batch.hash),
        ))
        .execute(conn)?;
    Ok(())
}

/// Notes that the newest hash is sent to webhooks.
pub(in crate::audit) fn announced(conn: &mut Conn, now: Timestamp) -> Result<()> {
    diesel::update(audit_chain::table.find(ONLY))
        .set(audit_chain::announced_at.eq(now))
        .execute(conn)?;
    Ok(())
}

/// Notes how far the job has checked the chain, and what it found.
pub(in crate::audit) fn checked(conn: &mut Conn, batch: i64, broken: Option<i64>) -> Result<()> {
    diesel::update(audit_chain::table.find(ONLY))
        .set((
            audit_chain::checked_batch.eq(batch),
            audit_chain::broken_batch.eq(broken),
        ))
        .execute(conn)?;
    Ok(())
}

/// The record of a batch.
#[derive(Queryable)]
struct Record {
    id: i64,
    lines: i64,
    hash: Hash,
    sealed_at: i64,
}

/// Returns the record of a batch. `None` if there is none.
pub(in crate::audit) fn batch(conn: &mut Conn, id: i64) -> Result<Option<Batch>> {
    let record: Option<Record> = audit_batches::table
        .find(id)
        .select((
            audit_batches::id,
            audit_batches::lines,
            audit_batches::hash,
            audit_batches::closed_at,
        ))
        .first(conn)
        .optional()?;
    Ok(record.map(|record| Batch {
        id: record.id,
        lines: record.lines,
        hash: record.hash,
        sealed_at: record.sealed_at,
    }))
}

/// Returns the lines of a batch, in the order of their ids.
pub(in crate::audit) fn lines(conn: &mut Conn, batch: i64) -> Result<Vec<Sealed>> {
    let rows: Vec<Row> = audit::table
        .filter(audit::batch.eq(batch))
        .order(audit::id)
        .select(Row::as_select())
        .load(conn)?;
    Ok(rows.into_iter().map(Sealed::from).collect())
}

/// Returns a line that names a batch before or after those that there are. `None` if none does.
pub(in crate::audit) fn astray(conn: &mut Conn, chain: &Chain) -> Result<Option<i64>> {
    let line = audit::table
        .filter(
            audit::batch
                .le(chain.purged_batch)
                .or(audit::batch.gt(chain.batch)),
        )
        .select(audit::id);
    Ok(line.first(conn).optional()?)
}

/// Deletes the oldest batches whose lines all have ids up to `last`, at most about `limit` lines of
/// them, and keeps the hash of the newest one. Returns the number of lines.
pub(in crate::audit) fn purge_batches(conn: &mut Conn, last: i64, limit: i64) -> Result<usize> {
    let chain = lock(conn)?;
    let batches: Vec<(i64, i64, i64, Hash)> = audit_batches::table
        .filter(audit_batches::id.gt(chain.purged_batch))
        .order(audit_batches::id)
        .limit(limit)
        .select((
            audit_batches::id,
            audit_batches::lines,
            audit_batches::last_line,
            audit_batches::hash,
        ))
        .load(conn)?;
    let mut left = limit;
    let old = batches
        .into_iter()
        .take_while(|(_, lines, last_line, _)| {
            let goes = *last_line <= last && left > 0;
            left -= lines;
            goes
        })
        .last();
    let Some((batch, _, _, hash)) = old else {
        return Ok(0);
    };
    let gone = diesel::delete(audit::table.filter(audit::batch.le(batch))).execute(conn)?;
    diesel::delete(audit_batches::table.filter(audit_batches::id.le(batch))).execute(conn)?;
    diesel::update(audit_chain::table.find(ONLY))
        .set((
            audit_chain::purged_batch.eq(batch),
            audit_chain::purged_hash.eq(hash),
        ))
        .execute(conn)?;
    Ok(gone)
}

/// Deletes at most `limit` lines up to and including `last` that were never sealed, the oldest first.
/// Returns their number.
pub(in crate::audit) fn purge_unsealed(conn: &mut Conn, last: i64, limit: i64) -> Result<usize> {
    // None of these lines is sealed between reading and deleting: its batch would lack a line.
    lock(conn)?;
    let old: Vec<i64> = audit::table
        .filter(audit::batch.is_null())
        .filter(audit::id.le(last))
        .order(audit::id)
        .limit(limit)
        .select(audit::id)
        .load(conn)?;
    Ok(diesel::delete(audit::table.filter(audit::id.eq_any(&old))).execute(conn)?)
}
