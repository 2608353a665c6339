//! The end of an operator that has made API keys.
//!
//! While a transaction writes entries, nobody else can revoke anything, so the keys are revoked in
//! pieces. The operator ends in the transaction of the last piece: if one fails, the operator is still
//! there, and the same call again goes on.

use super::{BATCH, NamedKeys, made_by, revoke};
use crate::api_key::store;
use crate::app::App;
use crate::audit::{Actor, Origin};
use crate::base::{OperatorId, OrganizationId, Timestamp};
use crate::db::{Conn, Db, Error, Records, serialize_within};
use crate::feed::Entry;
use crate::operator::{self, Change, ManageError as OperatorError, OperatorStatus};
use crate::revocation::{self, Receipt};

/// How an operator ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MakerEnd {
    /// It becomes inactive.
    Deactivate,
    /// It is deleted.
    Delete,
}

/// Why an operator did not end.
#[derive(Debug, thiserror::Error)]
pub enum MakerError {
    /// There is no such operator, or it is deleted.
    #[error("{0}")]
    Operator(#[from] OperatorError),
    /// A key could not be revoked.
    #[error("{0}")]
    Keys(#[from] super::ManageError),
    /// A database call failed.
    #[error("{0}")]
    Database(#[from] Error),
}

/// An operator to end.
#[derive(Debug, Clone)]
pub struct Maker {
    /// The organization and the operator.
    pub which: (OrganizationId, OperatorId),
    /// How it ends.
    pub how: MakerEnd,
    /// Whether the keys that it has made are revoked; else they stay valid.
    pub with_keys: bool,
}

/// What one transaction has done.
struct Piece {
    /// The keys that were revoked, or that stay valid.
    made: NamedKeys,
    /// Whether the operator has ended. If not, there may be more keys.
    has_ended: bool,
    /// How many entries revoke something.
    revoked: u64,
}

/// Deactivates or deletes an operator, and revokes the keys that it has made if `with_keys` says so.
/// Returns those keys, once all that was revoked is refused on every node.
///
/// # Errors
/// Returns the [`MakerError`]. Keys that were revoked before stay so.
pub async fn end_maker(
    app: &App,
    maker: Maker,
    origin: Origin,
) -> Result<(NamedKeys, Receipt), MakerError> {
    let (db, now) = (&app.db, app.clock.now());
    let mut all = NamedKeys::new();
    loop {
        let (maker, origin, feed) = (maker.clone(), origin.clone(), app.nodes.feed.clone());
        let write = move |conn: &mut Conn| maker.piece(conn, &origin, now);
        let (piece, written) = revocation::commit_here(db, feed, write).await?;
        app.metrics.revocations.inc_by(piece.revoked);
        all.extend(piece.made);
        if piece.has_ended {
            // A node that has applied this has applied all entries before it.
            let receipt = revocation::settle(db, &app.nodes.feed, written).await?;
            return Ok((all, receipt));
        }
    }
}

/// Does the same as [`end_maker`], for a process that is not a node.
///
/// # Errors
/// Returns the [`MakerError`]. Keys that were revoked before stay so.
pub fn end_maker_from_cli(
    db: &Db,
    maker: &Maker,
    origin: &Origin,
    now: Timestamp,
) -> Result<(NamedKeys, Option<Receipt>), MakerError> {
    let mut all = NamedKeys::new();
    loop {
        // Also if it was inactive before: another caller may still wait for the nodes.
        let takes_away = |piece: &Piece| piece.has_ended;
        let write = |conn: &mut Conn| maker.piece(conn, origin, now);
        let (piece, receipt) = revocation::enforce_from_cli(db, takes_away, write)?;
        all.extend(piece.made);
        if piece.has_ended {
            return Ok((all, receipt));
        }
    }
}

impl Maker {
    /// Revokes at most [`BATCH`] keys, in the caller's transaction, and ends the operator if it has no
    /// other ones.
    fn piece(
        &self,
        conn: &mut Conn,
        origin: &Origin,
        now: Timestamp,
    ) -> Result<(Piece, Vec<Entry>), MakerError> {
        let (organization, id) = self.which;
        // Both locks are taken before the first entry, which locks the head of the feed. A transaction
        // that waits for a lock after that makes every revoke wait, or deadlocks. Under the first one
        // the operator makes no key.
        serialize_within(conn, Records::Clients, organization)?;
        serialize_within(conn, Records::Operators, organization)?;
        let operator = operator::get(conn, organization, id)?;
        if operator.status == OperatorStatus::Deleted && self.how == MakerEnd::Deactivate {
            return Err(OperatorError::Deleted.into());
        }
        let mut entries = Vec::new();
        let (made, has_ended) = if self.with_keys {
            let by = Actor::Operator(id).to_string();
            let some = store::some_made_by(conn, organization, &by, BATCH)?;
            for (key, _) in &some {
                entries.extend(revoke(conn, (organization, *key), origin, now)?);
            }
            let are_all = some.len() < BATCH;
            (some, are_all)
        } else {
            (made_by(conn, organization, id)?, true)
        };
        if has_ended {
            entries.extend(self.end(conn, origin, now)?);
        }
        let piece = Piece {
            made,
            has_ended,
            revoked: revocation::count(&entries),
        };
        Ok((piece, entries))
    }

    fn end(
        &self,
        conn: &mut Conn,
        origin: &Origin,
        now: Timestamp,
    ) -> Result<Vec<Entry>, OperatorError> {
        let (organization, id) = self.which;
        match self.how {
            MakerEnd::Deactivate => {
                let change = Change {
                    active: Some(false),
                    ..Change::default()
                };
                let (_, entries) = operator::change(conn, organization, id, change, origin, now)?;
                Ok(entries)
            }
            MakerEnd::Delete => operator::delete(conn, organization, id, origin, now),
        }
    }
}
