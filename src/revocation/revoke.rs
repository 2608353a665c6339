//! Revoking: one row in the feed, in the transaction of whatever else is done; then held in memory before anyone is told.

use std::sync::Arc;
use std::time::Duration;

use super::{Receipt, Target};
use crate::audit::{self, Action, Event, Origin};
use crate::base::{OrganizationId, Sequence, Timestamp, clock};
use crate::db::{Conn, Db, Error, Result};
use crate::feed::{self, Entry, Feed, Spread};
use crate::outbox::{self, Audience, EventKind};
use crate::token::{Claims, Kind};

/// Writes the entry, what webhooks are told of it, and into the audit log the deed with the entry's place: whoever asks why a token is dead finds who did it.
///
/// # Errors
/// Those of the database.
pub fn write(
    conn: &mut Conn,
    organization: OrganizationId,
    target: Target,
    now: Timestamp,
    deed: Event,
) -> Result<Entry> {
    // Asked before the append, which makes everyone else who writes to the feed wait.
    let audience = Audience::of(conn, organization, EventKind::TokenRevoked)?;
    let entry = feed::append(conn, organization, target.fact(), now, target.needed(now))?;
    audit::record(conn, &deed.entry(entry.seq))?;
    let event = outbox::Event::TokenRevoked {
        kind: entry.fact.kind().as_str(),
        jti: entry.fact.jti(),
        operator_id: entry.fact.operator(),
        kid: None,
        seq: entry.seq,
        at: entry.at,
        until: entry.until,
    };
    audience.tell(conn, organization, &event, now)?;
    Ok(entry)
}

/// Revokes exactly this token, a company token with all derived from it.
///
/// # Errors
/// Those of the database.
pub fn write_token(
    conn: &mut Conn,
    claims: &Claims,
    origin: &Origin,
    now: Timestamp,
) -> Result<Entry> {
    let (action, of) = match claims.kind() {
        Kind::Company => (Action::CompanyTokenRevoked, "company-token"),
        Kind::Operator => (Action::TokenRevoked, "operator-token"),
    };
    let deed =
        Event::of(origin, action, now, claims.organization).target(format!("{of}:{}", claims.jti));
    write(conn, claims.organization, Target::of(claims), now, deed)
}

/// Revokes exactly this token, for a process that serves nothing itself; returns once that holds on every node. No receipt: it
/// did not count before, and that holds everywhere too when this returns.
///
/// # Errors
/// Those of the database.
pub fn token_from_outside(
    db: &Db,
    claims: &Claims,
    origin: &Origin,
    now: Timestamp,
) -> Result<Option<Receipt>> {
    let ((), receipt) = commit_from_outside(db, |conn| {
        // No clock says that it has ended: another node's may say that it has not.
        let entries = if feed::revoking_entry(conn, claims)?.is_some() {
            Vec::new()
        } else {
            vec![write_token(conn, claims, origin, now)?]
        };
        Ok::<_, Error>(((), entries))
    })?;
    if receipt.is_none() {
        // Whoever revoked it may still be waiting for the nodes.
        let head = db.read_blocking(feed::head)?;
        feed::await_nodes_blocking(db, head, clock::boot_time())?;
    }
    Ok(receipt)
}

/// Runs a transaction that yields entries and returns once they hold on every node; no receipt: it yielded none. It runs
/// to its end even when the caller goes away.
///
/// # Errors
/// Those of `body` and of the database. If the database went away in between, it may be revoked all the same: asking again
/// tells.
pub async fn commit<T, E>(
    db: &Db,
    feed: Arc<Feed>,
    body: impl FnOnce(&mut Conn) -> std::result::Result<(T, Vec<Entry>), E> + Send + 'static,
) -> std::result::Result<(T, Option<Receipt>), E>
where
    T: Send + 'static,
    E: From<Error> + Send + 'static,
{
    let began = clock::boot_time();
    let work = move |db: &Db| {
        let (value, entries) = db.write_blocking(body)?;
        let committed = clock::boot_time();
        let mut held = true;
        for entry in &entries {
            held &= feed.apply_own(entry);
        }
        Ok::<_, E>((value, entries.last().copied(), committed, held, feed))
    };
    let (value, last, committed, held, feed) = db.run(work).await?;
    let Some(last) = last else {
        return Ok((value, None));
    };
    // Held is not yet applied: until it is, this node signs tokens that the entry kills, and is waited for like any other.
    let own = (held && feed.applied() >= last.seq).then(|| feed.node());
    let spread = feed::await_nodes(db, last.seq, own, committed, feed.lease_length()).await?;
    Ok((value, Some(Receipt::new(last.seq, spread, began))))
}

/// As [`commit`], for what must be dead everywhere when it returns, whether this call killed it or found it dead.
///
/// # Errors
/// As [`commit`].
pub async fn enforce<T, E>(
    db: &Db,
    feed: Arc<Feed>,
    body: impl FnOnce(&mut Conn) -> std::result::Result<(T, Vec<Entry>), E> + Send + 'static,
) -> std::result::Result<(T, Receipt), E>
where
    T: Send + 'static,
    E: From<Error> + Send + 'static,
{
    let (value, receipt) = commit(db, Arc::clone(&feed), body).await?;
    match receipt {
        Some(receipt) => Ok((value, receipt)),
        None => Ok((value, already(db, &feed).await?)),
    }
}

/// The receipt for what was dead already. Another caller, or another node, may have revoked it a moment ago and still be
/// waiting: this one waits for the same nodes.
///
/// # Errors
/// Those of the database.
pub async fn already(db: &Db, feed: &Feed) -> Result<Receipt> {
    let began = clock::boot_time();
    let head = db.read(feed::head).await?;
    let read = clock::boot_time();
    let spread = feed::await_nodes(db, head, None, read, feed.lease_length()).await?;
    Ok(Receipt::new(head, spread, began))
}

/// The same for a process that serves nothing itself.
///
/// # Errors
/// As [`commit`].
pub fn commit_from_outside<T, E: From<Error>>(
    db: &Db,
    body: impl FnOnce(&mut Conn) -> std::result::Result<(T, Vec<Entry>), E>,
) -> std::result::Result<(T, Option<Receipt>), E> {
    let began = clock::boot_time();
    let (value, entries) = db.write_blocking(body)?;
    let committed = clock::boot_time();
    let Some(last) = entries.last() else {
        return Ok((value, None));
    };
    let spread = feed::await_nodes_blocking(db, last.seq, committed)?;
    Ok((value, Some(Receipt::new(last.seq, spread, began))))
}

impl Receipt {
    fn new(sequence: Sequence, spread: Spread, began: Duration) -> Self {
        let took = clock::boot_time().saturating_sub(began);
        Self {
            sequence,
            took,
            nodes: spread.nodes,
            confirmed: spread.confirmed,
        }
    }
}
