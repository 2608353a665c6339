//! Revoking every key at once and making a new one: after a restore nobody knows which of them was revoked since the backup.

use super::Keeper;
use super::change::{Change, NewKey};
use super::error::KeysError;
use crate::audit::Actor;
use crate::base::KeyId;
use crate::base::Timestamp;
use crate::db::Conn;

/// What a renewal has changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Renewed {
    /// The keys that are revoked now and were not before, the oldest first.
    pub revoked: Vec<KeyId>,
    /// The key that signs from now on.
    pub key: KeyId,
}

/// Revokes every key that can still verify or sign, pending ones included, and lets `fresh` sign. For the other roles that keys
/// are kept for, the schedule makes new ones.
///
/// # Errors
/// The [`KeysError`].
pub fn renew(
    conn: &mut Conn,
    keeper: &Keeper,
    fresh: NewKey,
    actor: &Actor,
    now: Timestamp,
) -> Result<Renewed, KeysError> {
    let mut change = Change::begin(conn, keeper.masters(), actor, now)?;
    let trusted = change.keys().into_iter();
    let revoked: Vec<_> = trusted
        .filter(|key| !key.life.is_revoked())
        .map(|key| key.kid)
        .collect();
    // Before the others are revoked: it is sealed with the master key of the active one.
    let key = change.insert(fresh)?;
    for kid in &revoked {
        change.revoke(*kid)?;
    }
    change.activate(key)?;
    change.announce()?;
    Ok(Renewed { revoked, key })
}
