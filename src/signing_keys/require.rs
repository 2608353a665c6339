//! Requiring a key: what signs with another algorithm than `tokens.algorithm`, or for another purpose, says so once.

use super::change::{Change, NewKey};
use super::error::KeysError;
use super::{Keeper, KeyState, store};
use crate::audit::Actor;
use crate::base::Timestamp;
use crate::db::Conn;
use crate::feed::Entry;

/// Sees to it that there is a key for the role of `fresh`, from now on: the schedule keeps one active for it as it does for
/// `tokens.algorithm`. Makes `fresh` pending if there is no key for the role yet. To be called when a need for the role
/// arises, such as when a client is registered, and not for each token: what signs a token takes [`super::Ring::signer`].
///
/// Returns from when on a key of the role signs, and the entry by which nodes load it, if one was made. Requiring a role again
/// changes nothing.
///
/// # Errors
/// The [`KeysError`].
pub fn require(
    conn: &mut Conn,
    keeper: &Keeper,
    fresh: NewKey,
    actor: &Actor,
    now: Timestamp,
) -> Result<(Timestamp, Vec<Entry>), KeysError> {
    let role = fresh.role();
    let mut change = Change::begin(conn, keeper.masters(), actor, now)?;
    store::demand(change.conn, role, now)?;
    if let Some(active) = change.first(role, KeyState::Active) {
        let life = change.find(active)?.life;
        return Ok((life.activated_at.unwrap_or(now), Vec::new()));
    }
    let pending = change.first(role, KeyState::Pending);
    let kid = match pending {
        Some(kid) => kid,
        None => change.insert(fresh)?,
    };
    let created_at = change.find(kid)?.life.created_at;
    let signs_from = created_at.plus(keeper.rules().first_lead(role.algorithm));
    let entries = match pending {
        Some(_) => Vec::new(),
        None => vec![change.announce()?],
    };
    Ok((signs_from, entries))
}
