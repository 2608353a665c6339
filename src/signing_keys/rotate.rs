//! Rotates by hand: makes a new key now, before the schedule makes one.

use super::change::{Change, NewKey};
use super::error::KeysError;
use super::{Keeper, KeyState, all};
use crate::audit::Origin;
use crate::base::{KeyId, Timestamp};
use crate::db::{Conn, Db};
use crate::feed::Entry;
use crate::token::{Algorithm, Purpose};

/// A key that is published and does not sign yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pending {
    /// The id of the key.
    pub kid: KeyId,
    /// Whether this call made the key. `false` if it was pending already.
    pub made: bool,
    /// When the schedule makes it active.
    pub signs_from: Timestamp,
}

/// Makes, before the transaction, the key that [`publish`] stores: of the algorithm that company and
/// operator tokens are signed with. It is the only one that has an active key, because a changed
/// `tokens.algorithm` may not be in force yet; or `set` if several have one.
///
/// # Errors
/// Returns the [`KeysError`]; [`KeysError::NoneActive`] if no key is active.
pub fn next(db: &Db, set: Algorithm) -> Result<NewKey, KeysError> {
    let keys = db.read_blocking(all)?;
    let active: Vec<_> = keys
        .iter()
        .filter(|kept| kept.key.life.state() == KeyState::Active)
        .map(|kept| kept.key.role)
        .filter(|role| role.purpose == Purpose::Tokens)
        .map(|role| role.algorithm)
        .collect();
    NewKey::make(match active[..] {
        [] => return Err(KeysError::NoneActive),
        [only] => only,
        _ => set,
    })
}

/// Makes the next key of the role of `fresh`, unless one is pending already. A node that has
/// applied the returned entry has the key.
///
/// # Errors
/// Returns the [`KeysError`].
pub fn publish(
    conn: &mut Conn,
    keeper: &Keeper,
    fresh: NewKey,
    origin: &Origin,
    now: Timestamp,
) -> Result<(Pending, Vec<Entry>), KeysError> {
    let role = fresh.role();
    let mut change = Change::begin(conn, keeper.masters(), origin.clone(), now)?;
    let there = change.first(role, KeyState::Pending);
    let kid = match there {
        Some(kid) => kid,
        None => change.insert(fresh)?,
    };
    let created_at = change.find(kid)?.life.created_at;
    let pending = Pending {
        kid,
        made: there.is_none(),
        signs_from: created_at.plus(keeper.rules().lead(role.algorithm)),
    };
    // The entry is also written if the key was pending already: once every node has applied it,
    // every node has the key.
    Ok((pending, vec![change.announce()?]))
}

/// Makes a pending key active, in place of the active one of its role, however recently it was
/// published. Every node must have the key.
///
/// # Errors
/// Returns the [`KeysError`].
pub fn activate(
    conn: &mut Conn,
    keeper: &Keeper,
    kid: KeyId,
    origin: &Origin,
    now: Timestamp,
) -> Result<((), Vec<Entry>), KeysError> {
    let mut change = Change::begin(conn, keeper.masters(), origin.clone(), now)?;
    change.activate(kid)?;
    Ok(((), vec![change.announce()?]))
}
