//! Requires keys. A feature that signs with another algorithm than `tokens.algorithm`, or for
//! another purpose, calls this once.

use super::change::{Change, NewKey};
use super::error::KeysError;
use super::{Keeper, KeyState, Role, store};
use crate::audit::Actor;
use crate::base::Timestamp;
use crate::db::{self, Conn};
use crate::feed::Entry;

/// Returns those of the roles that no key signs for, or whose keys the schedule does not renew yet.
///
/// # Errors
/// Returns an error if the database fails.
pub fn missing(conn: &mut Conn, roles: &[Role]) -> db::Result<Vec<Role>> {
    let demands = store::demands(conn)?;
    let rows = store::usable(conn)?;
    let signs = |role: &Role| {
        let mut rows = rows.iter();
        rows.any(|row| row.role() == *role && row.state == KeyState::Active)
    };
    let missing = roles
        .iter()
        .filter(|role| !demands.contains(role) || !signs(role));
    Ok(missing.copied().collect())
}

/// Makes the schedule keep an active key for the role of each of `fresh` from now on, as it does
/// for `tokens.algorithm`. If no key of the role is active, the pending one or `fresh` becomes
/// active at once: nothing was signed for the role before, so no verifier relies on a copy of the
/// published keys in which the key is missing; it fetches them again when it meets the unknown
/// `kid`. Call this when a need for the role arises, such as when a client is registered, and not
/// for each token: code that signs a token calls [`super::Ring::signer`].
///
/// Returns the entry that makes nodes load the keys, if any were made. The caller waits until every
/// node has applied it. Calls for the same role again change nothing.
///
/// # Errors
/// Returns the [`KeysError`].
pub fn require(
    conn: &mut Conn,
    keeper: &Keeper,
    fresh: Vec<NewKey>,
    actor: &Actor,
    now: Timestamp,
) -> Result<((), Vec<Entry>), KeysError> {
    let mut change = Change::begin(conn, keeper.masters(), actor.clone(), now)?;
    let mut made = false;
    for key in fresh {
        let role = key.role();
        store::demand(change.conn, role, now)?;
        if change.first(role, KeyState::Active).is_some() {
            continue;
        }
        let kid = match change.first(role, KeyState::Pending) {
            Some(pending) => pending,
            None => change.insert(key)?,
        };
        change.activate(kid)?;
        made = true;
    }
    let entries = if made {
        vec![change.announce()?]
    } else {
        Vec::new()
    };
    Ok(((), entries))
}
