//! Revoking a key that someone else may have: everything it signed is revoked, and if it was active, another signs in its place.

use super::change::{Change, NewKey};
use super::error::KeysError;
use super::store::{self, KeyRow};
use super::{Keeper, KeyState};
use crate::audit::Actor;
use crate::base::{KeyId, Timestamp};
use crate::db::{Conn, Db};
use crate::feed::Entry;

/// What a revoke has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Revoked {
    /// The key that signs in its place. `None` if it was not active.
    pub successor: Option<KeyId>,
    /// Whether it was revoked before.
    pub already: bool,
}

/// Makes the key that is to sign in place of `kid`, before the transaction, because making one takes long. `None` if `kid` is
/// not active.
///
/// # Errors
/// The [`KeysError`].
pub fn replacement(db: &Db, kid: KeyId) -> Result<Option<NewKey>, KeysError> {
    let rows = db.read_blocking(store::usable)?;
    let revoked = rows.iter().find(|row| row.kid == kid);
    match revoked.filter(|row| row.state == KeyState::Active) {
        Some(row) => NewKey::make(row.role()).map(Some),
        None => Ok(None),
    }
}

/// Revokes a key. If it is active, the pending key of its role signs from now on (it is published already), or else
/// `replacement`. Revoking it again changes nothing.
///
/// # Errors
/// [`KeysError::Unknown`], [`KeysError::InvalidTransition`] if it is retired, and those of the database.
pub fn revoke(
    conn: &mut Conn,
    keeper: &Keeper,
    kid: KeyId,
    replacement: Option<NewKey>,
    actor: &Actor,
    now: Timestamp,
) -> Result<(Revoked, Vec<Entry>), KeysError> {
    let mut change = Change::begin(conn, keeper.masters(), actor, now)?;
    let key = match change.find(kid) {
        Err(unknown) => {
            // A retired key is known, but not among the usable ones.
            let rows = store::all(change.conn)?;
            let retired = rows.iter().find(|row| row.kid == kid).map(KeyRow::key);
            let misstep = retired.and_then(|key| key.life.revoke(now).err());
            return Err(misstep.map_or(unknown, |misstep| {
                KeysError::InvalidTransition(kid, misstep)
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
            // It became active since it was looked at.
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
