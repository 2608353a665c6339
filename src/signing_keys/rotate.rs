//! Rotating by hand: a new key now, instead of when the schedule wants one.

use super::change::{Change, NewKey};
use super::error::KeysError;
use super::{Keeper, KeyState};
use crate::audit::Actor;
use crate::base::{KeyId, Timestamp};
use crate::db::Conn;
use crate::feed::Entry;

/// A key that is published and does not sign yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pending {
    /// Its name.
    pub kid: KeyId,
    /// Whether it was made just now; else it was there already.
    pub made: bool,
    /// When the schedule will let it sign.
    pub signs_from: Timestamp,
}

/// Makes the next key of an algorithm, unless there is one. Once every node holds the entry, every node holds the key.
///
/// # Errors
/// The [`KeysError`].
pub fn publish(
    conn: &mut Conn,
    keeper: &Keeper,
    fresh: NewKey,
    actor: &Actor,
    now: Timestamp,
) -> Result<(Pending, Vec<Entry>), KeysError> {
    let algorithm = fresh.algorithm();
    let mut change = Change::begin(conn, keeper.masters(), actor, now)?;
    let there = change.first(algorithm, KeyState::Pending);
    let kid = match there {
        Some(kid) => kid,
        None => change.insert(fresh)?,
    };
    let created_at = change.find(kid)?.life.created_at;
    let pending = Pending {
        kid,
        made: there.is_none(),
        signs_from: created_at.plus(keeper.rules().lead(algorithm)),
    };
    // Said again where it was there already: whoever waits for the entry knows that it is held everywhere.
    Ok((pending, vec![change.announce()?]))
}

/// Lets a pending key sign, in place of the one of its algorithm that does, however long it has been published. Every node
/// must hold it.
///
/// # Errors
/// The [`KeysError`].
pub fn activate(
    conn: &mut Conn,
    keeper: &Keeper,
    kid: KeyId,
    actor: &Actor,
    now: Timestamp,
) -> Result<((), Vec<Entry>), KeysError> {
    let mut change = Change::begin(conn, keeper.masters(), actor, now)?;
    change.activate(kid)?;
    Ok(((), vec![change.announce()?]))
}
