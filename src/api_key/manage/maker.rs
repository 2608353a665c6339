//! The end of an operator that has made API keys.

use super::{NamedKeys, made_by, revoke_made_by};
use crate::audit::Origin;
use crate::base::{OperatorId, OrganizationId, Timestamp};
use crate::db::{Conn, Error, Records, serialize_within};
use crate::feed::Entry;
use crate::operator::{self, Change, ManageError as OperatorError};

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

/// Deactivates or deletes an operator, in the caller's transaction, and revokes the keys that it has
/// made if `with_keys` says so; else they stay valid. Returns those keys, and the entries.
///
/// # Errors
/// Returns the [`MakerError`].
pub fn end_maker(
    conn: &mut Conn,
    (organization, id): (OrganizationId, OperatorId),
    how: MakerEnd,
    with_keys: bool,
    origin: &Origin,
    now: Timestamp,
) -> Result<(NamedKeys, Vec<Entry>), MakerError> {
    // Both locks are taken before the first entry, which locks the head of the feed. A transaction
    // that waits for a lock after that makes every revoke wait, or deadlocks.
    serialize_within(conn, Records::Clients, organization)?;
    serialize_within(conn, Records::Operators, organization)?;
    let (made, mut entries) = if with_keys {
        revoke_made_by(conn, organization, id, origin, now)?
    } else {
        (made_by(conn, organization, id)?, Vec::new())
    };
    entries.extend(match how {
        MakerEnd::Deactivate => {
            let change = Change {
                active: Some(false),
                ..Change::default()
            };
            operator::change(conn, organization, id, change, origin, now)?.1
        }
        MakerEnd::Delete => operator::delete(conn, organization, id, origin, now)?,
    });
    Ok((made, entries))
}
