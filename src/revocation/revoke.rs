//! Revokes: writes one row of the feed, in the transaction of whatever else is done. The revocation
//! is in force on this node before the caller receives an answer.

use std::sync::Arc;
use std::time::Duration;

use super::{Receipt, Target, count, store};
use crate::audit::{self, Action, Event, Origin};
use crate::base::{OrganizationId, Sequence, Timestamp, clock};
use crate::db::{Conn, Db, Error, Result};
use crate::feed::{self, Confirmations, Entry, Fact, Feed, Needed, NodeId};
use crate::outbox::{self, Audience};
use crate::token::{Claims, Kind};
use crate::usage;

/// Writes the entry, the messages to webhooks, and the audit event, which contains the entry's
/// sequence: so one finds who revoked a token.
///
/// # Errors
/// Returns an error if the database fails.
pub fn write(
    conn: &mut Conn,
    organization: OrganizationId,
    target: Target,
    now: Timestamp,
    event: Event,
) -> Result<Entry> {
    let needed = target.needed(None, now);
    append(conn, organization, target, needed, event, now)
}

/// Revokes exactly this token. For a company token, this includes every token derived from it.
///
/// # Errors
/// Returns an error if the database fails.
pub fn write_token(
    conn: &mut Conn,
    claims: &Claims,
    origin: &Origin,
    now: Timestamp,
) -> Result<Entry> {
    let (action, of) = match claims.kind() {
        Kind::Company => (Action::CompanyTokenRevoked, "company-token"),
        Kind::Operator => (Action::TokenRevoked, "operator-token"),
        Kind::Session => (Action::SessionEnded, "session"),
        // The operator tokens that were issued in it end with it.
        Kind::Console => (Action::SessionDisowned, "session"),
        Kind::Access => (Action::TokenRevoked, "access-token"),
        // The family ends with it.
        Kind::Refresh => (Action::GrantRevoked, "refresh-token"),
    };
    let event =
        Event::of(origin, action, now, claims.organization).target(format!("{of}:{}", claims.jti));
    let target = Target::of(claims);
    let needed = target.needed(Some(claims), now);
    append(conn, claims.organization, target, needed, event, now)
}

fn append(
    conn: &mut Conn,
    organization: OrganizationId,
    target: Target,
    needed: Needed,
    event: Event,
    now: Timestamp,
) -> Result<Entry> {
    // The endpoints are read before the entry is written, because the entry blocks every other
    // writer of the feed.
    let audience = Audience::of(conn, organization, target.kind().event())?;
    let client = match target {
        Target::Client(tag) => store::client_ids(conn, organization, &[tag])?.remove(&tag),
        _ => None,
    };
    let entry = feed::append(conn, organization, Fact::Revoked(target), now, needed)?;
    audit::record(conn, &event.entry(entry.seq))?;
    if let Some(mut message) = entry.message() {
        if let outbox::Event::CredentialRevoked { client_id, .. } = &mut message {
            *client_id = client;
        }
        audience.write(conn, organization, &message, now)?;
    }
    Ok(entry)
}

/// Revokes a token, for a process that is not a node: `write` writes the entries, unless the token
/// was revoked already. Returns once the revocation is in force on every node. Returns `None` if the
/// token was revoked already; that, too, is then in force on every node.
///
/// # Errors
/// Returns an error if the database fails.
pub fn revoke_token_from_cli(
    db: &Db,
    claims: &Claims,
    write: impl FnOnce(&mut Conn) -> Result<Vec<Entry>>,
) -> Result<Option<Receipt>> {
    let ((), receipt) = commit_from_cli(db, |conn| {
        // This does not check whether the token has expired: by the clock of another node it may be
        // valid.
        let is_done = match claims.kind() {
            // Whatever else has ended a session leaves the tokens that were issued in it alone.
            Kind::Console => feed::names(conn, claims)?,
            _ => feed::revoking_entry(conn, claims)?.is_some(),
        };
        let entries = if is_done { Vec::new() } else { write(conn)? };
        Ok::<_, Error>(((), entries))
    })?;
    if receipt.is_none() {
        // The caller that revoked it may still be waiting for the nodes.
        let head = db.read_blocking(feed::head)?;
        feed::await_nodes_blocking(db, head, clock::boot_time())?;
    }
    Ok(receipt)
}

/// Runs a transaction that returns entries, and returns once they are in force on every node. The
/// receipt is `None` if there were no entries. The transaction runs to its end even if the caller
/// disconnects.
///
/// # Errors
/// Returns the errors of `body`, and an error if the database fails. If it fails after the commit,
/// the entries are in force all the same, and a retry finds them.
pub async fn commit<T, E>(
    db: &Db,
    feed: Arc<Feed>,
    body: impl FnOnce(&mut Conn) -> std::result::Result<(T, Vec<Entry>), E> + Send + 'static,
) -> std::result::Result<(T, Option<Receipt>), E>
where
    T: Send + 'static,
    E: From<Error> + Send + 'static,
{
    let (value, written) = commit_here(db, Arc::clone(&feed), body).await?;
    let receipt = match written {
        Some(written) => Some(written.everywhere(db, &feed).await?),
        None => None,
    };
    Ok((value, receipt))
}

/// Runs a transaction that returns entries, and returns once this node has applied them. Other nodes
/// apply them a moment later, so this is for changes that take nothing away; for the others, and if
/// only the transaction finds out which it is, the caller then calls [`settle`]. The transaction
/// runs to its end even if the caller disconnects.
///
/// # Errors
/// Returns the errors of `body`, and an error if the database fails.
pub async fn commit_here<T, E>(
    db: &Db,
    feed: Arc<Feed>,
    body: impl FnOnce(&mut Conn) -> std::result::Result<(T, Vec<Entry>), E> + Send + 'static,
) -> std::result::Result<(T, Option<Written>), E>
where
    T: Send + 'static,
    E: From<Error> + Send + 'static,
{
    db.run(move |db: &Db| write_here(db, &feed, body)).await
}

fn write_here<T, E: From<Error>>(
    db: &Db,
    feed: &Feed,
    body: impl FnOnce(&mut Conn) -> std::result::Result<(T, Vec<Entry>), E>,
) -> std::result::Result<(T, Option<Written>), E> {
    let began = clock::boot_time();
    let (value, entries) = db.write_blocking(body)?;
    let committed = clock::boot_time();
    let mut held = true;
    for entry in &entries {
        held &= feed.apply_own(entry);
    }
    let written = entries.last().map(|last| Written {
        seq: last.seq,
        revoked: count(&entries),
        began,
        committed,
        held,
    });
    Ok((value, written))
}

/// Runs a transaction of a job that returns entries. If they revoke something, this returns once they
/// are in force on every node. Returns how many revoke something.
///
/// # Errors
/// Returns the errors of [`commit`].
pub fn commit_in_job<T, E: From<Error>>(
    db: &Db,
    feed: &Feed,
    body: impl FnOnce(&mut Conn) -> std::result::Result<(T, Vec<Entry>), E>,
) -> std::result::Result<(T, u64), E> {
    let (value, written) = write_here(db, feed, body)?;
    let Some(written) = written.filter(|written| written.revoked > 0) else {
        return Ok((value, 0));
    };
    let (own, lease) = (written.own(feed), feed.lease_length());
    feed::await_nodes_in_job(db, (written.seq, own), written.committed, lease)?;
    Ok((value, written.revoked))
}

/// Entries that were committed. This node has applied them.
#[derive(Debug)]
#[must_use = "other nodes may not have applied the entries yet"]
pub struct Written {
    /// The sequence of the last one.
    seq: Sequence,
    /// How many of them revoke something.
    revoked: u64,
    /// When the transaction began, and when it was committed (boot time).
    began: Duration,
    committed: Duration,
    /// Whether the index and every listener applied them.
    held: bool,
}

impl Written {
    /// Returns the receipt once the entries are in force on every node.
    async fn everywhere(self, db: &Db, feed: &Feed) -> Result<Receipt> {
        let (own, lease) = (self.own(feed), feed.lease_length());
        let confirmations = feed::await_nodes(db, self.seq, own, self.committed, lease).await?;
        Ok(Receipt::new(self.seq, confirmations, self.began))
    }

    /// Returns this node if it need not be waited for.
    fn own(&self, feed: &Feed) -> Option<NodeId> {
        // An entry that the index holds is applied only once all before it are. Until then this node
        // signs tokens that the entry revokes, so the wait includes this node like any other.
        (self.held && feed.applied() >= self.seq).then(|| feed.node())
    }
}

/// Returns the receipt of what [`commit_here`] has written once it is in force on every node. If it
/// has written nothing, what the caller wanted was in the database already: this then waits as
/// [`already`] does.
///
/// # Errors
/// Returns an error if the database fails.
pub async fn settle(db: &Db, feed: &Feed, written: Option<Written>) -> Result<Receipt> {
    match written {
        Some(written) => written.everywhere(db, feed).await,
        None => already(db, feed).await,
    }
}

/// Does the same as [`commit`], for a caller that needs the revocation in force on every node,
/// whether or not this call wrote it.
///
/// # Errors
/// Returns the errors of [`commit`].
pub async fn enforce<T, E>(
    db: &Db,
    feed: Arc<Feed>,
    body: impl FnOnce(&mut Conn) -> std::result::Result<(T, Vec<Entry>), E> + Send + 'static,
) -> std::result::Result<(T, Receipt), E>
where
    T: Send + 'static,
    E: From<Error> + Send + 'static,
{
    let (value, written) = commit_here(db, Arc::clone(&feed), body).await?;
    Ok((value, settle(db, &feed, written).await?))
}

/// Returns the receipt for something that was revoked already. Another caller, or another node, may
/// have revoked it a moment ago and still be waiting for the nodes; this call waits for the same
/// ones.
///
/// # Errors
/// Returns an error if the database fails.
pub async fn already(db: &Db, feed: &Feed) -> Result<Receipt> {
    let began = clock::boot_time();
    let head = db.read(feed::head).await?;
    let read = clock::boot_time();
    let confirmations = feed::await_nodes(db, head, None, read, feed.lease_length()).await?;
    Ok(Receipt::new(head, confirmations, began))
}

/// Runs the transaction of a process that is not a node, and counts the entries in it: no node does.
fn counted<T, E: From<Error>>(
    conn: &mut Conn,
    body: impl FnOnce(&mut Conn) -> std::result::Result<(T, Vec<Entry>), E>,
) -> std::result::Result<(T, Vec<Entry>), E> {
    let (value, entries) = body(conn)?;
    usage::record_entries(conn, &entries)?;
    Ok((value, entries))
}

/// Does the same as [`commit`], for a process that is not a node.
///
/// # Errors
/// Returns the errors of [`commit`].
pub fn commit_from_cli<T, E: From<Error>>(
    db: &Db,
    body: impl FnOnce(&mut Conn) -> std::result::Result<(T, Vec<Entry>), E>,
) -> std::result::Result<(T, Option<Receipt>), E> {
    let began = clock::boot_time();
    let (value, entries) = db.write_blocking(|conn| counted(conn, body))?;
    let committed = clock::boot_time();
    let Some(last) = entries.last() else {
        return Ok((value, None));
    };
    let confirmations = feed::await_nodes_blocking(db, last.seq, committed)?;
    Ok((value, Some(Receipt::new(last.seq, confirmations, began))))
}

/// Does the same as [`commit_here`] and, if `takes_away` returns true for the value, as [`settle`], for
/// a process that is not a node. The receipt is `None` if `takes_away` returns false.
///
/// # Errors
/// Returns the errors of [`commit`].
pub fn enforce_from_cli<T, E: From<Error>>(
    db: &Db,
    takes_away: impl FnOnce(&T) -> bool,
    body: impl FnOnce(&mut Conn) -> std::result::Result<(T, Vec<Entry>), E>,
) -> std::result::Result<(T, Option<Receipt>), E> {
    let began = clock::boot_time();
    let (value, entries) = db.write_blocking(|conn| counted(conn, body))?;
    let committed = clock::boot_time();
    if !takes_away(&value) {
        return Ok((value, None));
    }
    let seq = match entries.last() {
        Some(last) => last.seq,
        None => db.read_blocking(feed::head)?,
    };
    let confirmations = feed::await_nodes_blocking(db, seq, committed)?;
    Ok((value, Some(Receipt::new(seq, confirmations, began))))
}

impl Receipt {
    fn new(sequence: Sequence, confirmations: Confirmations, began: Duration) -> Self {
        let took = clock::boot_time().saturating_sub(began);
        Self {
            sequence,
            took,
            nodes: confirmations.nodes,
            confirmed: confirmations.confirmed,
        }
    }
}
