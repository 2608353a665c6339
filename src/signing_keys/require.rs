//! Requires a key. A feature that signs with another algorithm than `tokens.algorithm`, or for
//! another purpose, calls this once.

use super::change::{Change, NewKey};
use super::error::KeysError;
use super::{Keeper, KeyState, store};
use crate::audit::Actor;
use crate::base::Timestamp;
use crate::db::Conn;
use crate::feed::Entry;

/// Makes the schedule keep an active key for the role of `fresh` from now on, as it does for
/// `tokens.algorithm`. `fresh` becomes pending if the role has no key yet. Call this when a need
/// for the role arises, such as when a client is registered, and not for each token: code that
/// signs a token calls [`super::Ring::signer`].
///
/// Returns the time from which a key of the role signs, and the entry that makes nodes load it, if
/// one was made. Calls for the same role again change nothing.
///
/// # Errors
/// Returns the [`KeysError`].
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
