//! Sealing: lines that were committed get their place in the chain. A transaction that records lines
//! never waits for this.

use std::time::Duration;

use super::chain::{Batch, Covers, Hash, close, link};
use super::store::chain::{self as store, Chain, Seal};
use crate::base::{OrganizationId, Timestamp};
use crate::db::{Conn, Error, Result};
use crate::outbox;

/// The largest number of lines of a batch.
const LINES: i64 = 500;

/// How often the newest hash is sent to webhooks, at most.
const ANNOUNCED_EVERY: Duration = Duration::from_hours(1);

/// The largest number of lines that are counted as not sealed yet.
pub const MOST_COUNTED: i64 = 1_000;

/// Seals the oldest lines that are not sealed yet as one batch, in the caller's transaction. A line
/// that is committed later, even with a lower id, goes into a later batch. Returns the number of
/// lines.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn seal(conn: &mut Conn, now: Timestamp) -> Result<usize> {
    let chain = store::lock(conn)?;
    let lines = store::unsealed(conn, LINES)?;
    let Some(last_line) = lines.last().map(|line| line.id) else {
        return Ok(0);
    };
    let id = chain.batch + 1;
    let mut last = chain.hash;
    let mut seals = Vec::with_capacity(lines.len());
    for line in &lines {
        let covers = Covers::draw(&line.texts);
        last = link(last, line, &covers)
            .ok_or_else(|| Error::Internal("a new cover belongs to its text".to_owned()))?;
        seals.push(Seal::new(line.id, id, last, covers));
    }
    let count = i64::try_from(lines.len()).unwrap_or(LINES);
    let sealed_at = now.as_micros();
    let batch = Batch {
        id,
        lines: count,
        hash: close(id, count, sealed_at, last),
        sealed_at,
    };
    store::insert(conn, &batch, last_line, &seals)?;
    announce(conn, &chain, &batch, now)?;
    Ok(lines.len())
}

/// Sends the hash to the webhooks that subscribe to it, unless that was done less than an hour ago.
fn announce(conn: &mut Conn, chain: &Chain, batch: &Batch, now: Timestamp) -> Result<()> {
    let hour = i64::try_from(ANNOUNCED_EVERY.as_micros()).unwrap_or(i64::MAX);
    let ago = |then: Timestamp| now.as_micros().abs_diff(then.as_micros());
    let lately = |then| ago(then) < hour.unsigned_abs();
    if chain.announced_at.is_some_and(lately) {
        return Ok(());
    }
    let event = outbox::Event::AuditSealed {
        batch: batch.id,
        hash: batch.hash.to_string(),
        sealed_at: now,
    };
    outbox::emit(conn, OrganizationId::SERVICE, &event, now)?;
    store::announced(conn, now)
}

/// The state of the chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct State {
    /// The newest batch. `None` if nothing was sealed yet, or everything sealed was purged.
    pub newest: Option<Newest>,
    /// How many lines are not sealed yet, at most [`MOST_COUNTED`].
    pub unsealed: i64,
    /// The first batch in which the job that checks the chain has found a fault.
    pub broken: Option<i64>,
}

/// The newest batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Newest {
    /// Its number.
    pub batch: i64,
    /// Its hash.
    pub hash: Hash,
    /// When it was sealed.
    pub sealed_at: Timestamp,
}

/// Returns the state of the chain. Lines that are not sealed are counted for one organization, or for
/// the whole service if `organization` is `None`.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn state(conn: &mut Conn, organization: Option<OrganizationId>) -> Result<State> {
    let chain = store::read(conn)?;
    let newest = store::batch(conn, chain.batch)?;
    Ok(State {
        newest: newest.map(|batch| Newest {
            batch: batch.id,
            hash: batch.hash,
            sealed_at: Timestamp::from_micros(batch.sealed_at),
        }),
        unsealed: store::count_unsealed(conn, organization, MOST_COUNTED)?,
        broken: chain.broken_batch,
    })
}
