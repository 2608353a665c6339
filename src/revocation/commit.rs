//! Commits a transaction that revokes, on a node, and waits until it is in force: on this node, which then
//! answers with it at once, or on every node.

use std::sync::Arc;
use std::time::Duration;

use super::{Receipt, count};
use crate::base::{Sequence, clock};
use crate::db::{Conn, Db, Error, Result};
use crate::feed::{self, Entry, Feed, NodeId};

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
