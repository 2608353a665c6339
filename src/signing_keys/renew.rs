//! Revoking every key at once and making a new one: after a restore nobody can say which of them was revoked since the copy.

use super::Keeper;
use super::change::{Change, NewKey};
use super::error::KeysError;
use crate::audit::Actor;
use crate::base::KeyId;
use crate::base::Timestamp;
use crate::db::Conn;

/// What became of the keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Renewed {
    /// The keys that are revoked now and were not before, the oldest first.
    pub revoked: Vec<KeyId>,
    /// The key that signs from now on.
    pub key: KeyId,
}

/// Revokes every key that can still verify or sign, also those that do not sign yet, and lets `fresh` sign.
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
    // Before the others go: it is sealed with the master key of the one that signs.
    let key = change.insert(fresh)?;
    for kid in &revoked {
        change.revoke(*kid)?;
    }
    change.activate(key)?;
    change.announce()?;
    Ok(Renewed { revoked, key })
}
