//! Revokes every key at once and makes a new one. After a restore it is not recorded which keys
//! were revoked since the backup.

use super::Keeper;
use super::change::{Change, NewKey};
use super::error::KeysError;
use crate::audit::Actor;
use crate::base::KeyId;
use crate::base::Timestamp;
use crate::db::Conn;

/// The result of [`renew`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Renewed {
    /// The keys that this call revoked, the oldest first.
    pub revoked: Vec<KeyId>,
    /// The new active key.
    pub key: KeyId,
}

/// Revokes every key that can verify or sign, pending ones included, and makes `fresh` active. For
/// the other roles in demand, the schedule makes new keys.
///
/// # Errors
/// Returns the [`KeysError`].
pub fn renew(
    conn: &mut Conn,
    keeper: &Keeper,
    fresh: NewKey,
    actor: &Actor,
    now: Timestamp,
) -> Result<Renewed, KeysError> {
    let mut change = Change::begin(conn, keeper.masters(), actor.clone(), now)?;
    let trusted = change.keys().into_iter();
    let revoked: Vec<_> = trusted
        .filter(|key| !key.life.is_revoked())
        .map(|key| key.kid)
        .collect();
    // This comes before the revokes, because a new key is sealed with the master key of the active
    // one.
    let key = change.insert(fresh)?;
    for kid in &revoked {
        change.revoke(*kid)?;
    }
    change.activate(key)?;
    change.announce()?;
    Ok(Renewed { revoked, key })
}
