//! Revoking a key that is no longer one's own: everything it signed is dead, and if it signed, another signs in its place.

use super::change::{Change, NewKey};
use super::error::KeysError;
use super::store::{self, KeyRow};
use super::{Keeper, KeyState};
use crate::audit::Actor;
use crate::base::{KeyId, Timestamp};
use crate::db::{Conn, Db};
use crate::feed::Entry;

/// What a revoke has come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Revoked {
    /// The key that signs in its place; none: it did not sign.
    pub successor: Option<KeyId>,
    /// Whether it was revoked before.
    pub already: bool,
}

/// The key to be made in place of `kid`, if that takes one: to be made before the transaction, since it takes its time.
///
/// # Errors
/// The [`KeysError`].
pub fn replacement(db: &Db, kid: KeyId) -> Result<Option<NewKey>, KeysError> {
    let rows = db.read_blocking(store::usable)?;
    let revoked = rows.iter().find(|row| row.kid == kid);
    match revoked.filter(|row| row.state == KeyState::Active) {
        Some(row) => NewKey::make(row.algorithm).map(Some),
        None => Ok(None),
    }
}

/// Revokes a key. If it signs, the next key of its algorithm does from now on, if there is one (outsiders know that one
/// already), or else `replacement`. Revoking it again changes nothing.
///
/// # Errors
/// [`KeysError::Unknown`], [`KeysError::InvalidTransition`] when it is retired, and those of the database.
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
            // A retired one is no stranger.
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
        let next = match (change.first(key.algorithm, KeyState::Pending), replacement) {
            (Some(pending), _) => pending,
            (None, Some(fresh)) => change.insert(fresh)?,
            // It became active since it was looked at.
            (None, None) => change.insert(NewKey::make(key.algorithm)?)?,
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
