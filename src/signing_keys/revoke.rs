//! Revokes a key that someone else may have: every token it signed is revoked, and if it was
//! active, another key becomes active.

use super::change::{Change, NewKey};
use super::error::KeysError;
use super::store::{self, KeyRow};
use super::{Keeper, KeyState};
use crate::audit::Origin;
use crate::base::{KeyId, Timestamp};
use crate::db::{Conn, Db};
use crate::feed::Entry;

/// The result of [`revoke`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Revoked {
    /// The key that became active in its place. `None` if it was not active.
    pub successor: Option<KeyId>,
    /// Whether the key was revoked before.
    pub already: bool,
}

/// Makes the key that will replace `kid`, before the transaction, because making one takes long.
/// Returns `None` if `kid` is not active.
///
/// # Errors
/// Returns the [`KeysError`].
pub fn replacement(db: &Db, kid: KeyId) -> Result<Option<NewKey>, KeysError> {
    let rows = db.read_blocking(store::usable)?;
    let revoked = rows.iter().find(|row| row.kid == kid);
    match revoked.filter(|row| row.state == KeyState::Active) {
        Some(row) => NewKey::make(row.role()).map(Some),
        None => Ok(None),
    }
}

/// Revokes a key. If it is active, the pending key of its role becomes active, because it is
/// published already, or else `replacement`. Revoking a key again changes nothing.
///
/// # Errors
/// Returns [`KeysError::Unknown`], [`KeysError::InvalidTransition`] if the key is retired, and an
/// error if the database fails.
pub fn revoke(
    conn: &mut Conn,
    keeper: &Keeper,
    kid: KeyId,
    replacement: Option<NewKey>,
    origin: &Origin,
    now: Timestamp,
) -> Result<(Revoked, Vec<Entry>), KeysError> {
    let mut change = Change::begin(conn, keeper.masters(), origin.clone(), now)?;
    let key = match change.find(kid) {
        Err(unknown) => {
            // A retired key exists, but is not among the usable ones.
            let rows = store::all(change.conn)?;
            let retired = rows.iter().find(|row| row.kid == kid).map(KeyRow::key);
            let invalid = retired.and_then(|key| key.life.revoke(now).err());
            return Err(invalid.map_or(unknown, |invalid| {
                KeysError::InvalidTransition(kid, invalid)
            }));
        }
        Ok(key) => key,
    };
    if key.life.is_revoked() {
        let already = Revoked {
            successor: None,
            already: true,
        };
        return Ok((already, vec![change.announce()?]));
    }
    let entry = change.revoke(kid)?;
    let mut successor = None;
    if key.life.state() == KeyState::Active {
        let next = match (change.first(key.role, KeyState::Pending), replacement) {
            (Some(pending), _) => pending,
            (None, Some(fresh)) => change.insert(fresh)?,
            // The key became active after `replacement` was called.
            (None, None) => change.insert(NewKey::make(key.role)?)?,
        };
        change.activate(next)?;
        successor = Some(next);
    }
    let revoked = Revoked {
        successor,
        already: false,
    };
    Ok((revoked, vec![entry]))
}
