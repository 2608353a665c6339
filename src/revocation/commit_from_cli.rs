//! Commits a transaction that revokes, in a process that is not a node, and waits until every node has applied
//! it.

use super::Receipt;
use crate::base::clock;
use crate::db::{Conn, Db, Error, Result};
use crate::feed::{self, Entry};
use crate::token::{Claims, Kind};
use crate::usage;

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

/// Runs the transaction of a process that is not a node, and counts the entries in it: no node does.
fn counted<T, E: From<Error>>(
    conn: &mut Conn,
    body: impl FnOnce(&mut Conn) -> std::result::Result<(T, Vec<Entry>), E>,
) -> std::result::Result<(T, Vec<Entry>), E> {
    let (value, entries) = body(conn)?;
    usage::record_entries(conn, &entries)?;
    Ok((value, entries))
}

/// Does the same as [`commit`](super::commit), for a process that is not a node.
///
/// # Errors
/// Returns the errors of [`commit`](super::commit).
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

/// Does the same as [`commit_here`](super::commit_here) and, if `takes_away` returns true for the value, as [`settle`](super::settle), for
/// a process that is not a node. The receipt is `None` if `takes_away` returns false.
///
/// # Errors
/// Returns the errors of [`commit`](super::commit).
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
