//! Making a copy safe to use, in one transaction.

use super::error::RestoreError;
use super::watch::Watched;
use super::{Restored, lifted_head, lifted_id, store};
use crate::audit::{Action, Actor, Event};
use crate::base::{OrganizationId, Sequence, Timestamp};
use crate::db::{Conn, Db};
use crate::feed::Entry;
use crate::revocation::{self, Target};
use crate::signing_keys::{self, Keeper, KeysError, NewKey};

/// Makes a copy safe to use: lifts the head of the feed and all ids, revokes every token and every signing key, makes a new key, removes the
/// rows of nodes that were `watched` and stood still, and writes into the audit log what was done. `reached` is the highest
/// sequence that is known to have been the head. Running it again revokes what was issued since, and does no other harm.
///
/// # Errors
/// The [`RestoreError`]; then nothing was written.
pub fn restore(
    db: &Db,
    keeper: &Keeper,
    watched: &Watched,
    reached: Option<Sequence>,
    now: Timestamp,
) -> Result<Restored, RestoreError> {
    // With the wrong master key no key is to be added to those it cannot open.
    match keeper.load(db, None) {
        Ok(_) | Err(KeysError::NoneActive) => {}
        Err(why) => return Err(why.into()),
    }
    let fresh = NewKey::make(keeper.rules().algorithm)?;
    // A node that came in between is waited for, as after any revoke.
    let (restored, _) = revocation::commit_from_outside(db, |conn| {
        rewrite(conn, keeper, fresh, watched, reached, now)
    })?;
    Ok(restored)
}

fn rewrite(
    conn: &mut Conn,
    keeper: &Keeper,
    fresh: NewKey,
    watched: &Watched,
    reached: Option<Sequence>,
    now: Timestamp,
) -> Result<(Restored, Vec<Entry>), RestoreError> {
    let mut ids = store::last_ids(conn)?;
    for (name, last) in &mut ids {
        *last = lifted_id(*last).ok_or_else(|| RestoreError::NoIdsLeft(name.clone(), *last))?;
        store::set_last_id(conn, name, *last)?;
    }
    // The turns of those who change keys hand out no ids.
    ids.retain(|(name, _)| name != "keys");
    let head = store::head(conn)?;
    let lifted = lifted_head(head, reached)
        .ok_or_else(|| RestoreError::NoSequencesLeft(reached.unwrap_or(head).max(head)))?;
    store::set_head(conn, lifted)?;
    let nodes = store::nodes(conn)?;
    let running = watched.running(&nodes);
    if !running.is_empty() {
        return Err(RestoreError::Serving(running));
    }
    store::remove(conn, &nodes)?;
    let waiting_messages = store::waiting_messages(conn)?;
    let renewed = signing_keys::renew(conn, keeper, fresh, &Actor::CommandLine, now)?;

    let deed = Event::new(Action::DatabaseRestored, Actor::CommandLine, now).detail(format!(
        "the feed went on from {head} to {lifted}; ids lifted; every token revoked; signing keys revoked: {}; {} signs; \
         rows of nodes removed: {}",
        renewed.revoked.len(),
        renewed.key,
        nodes.len(),
    ));
    // The last entry: every sequence that was ever named is below it.
    let everything = Target::Organization;
    let entry = revocation::write(conn, OrganizationId::SERVICE, everything, now, deed)?;
    let restored = Restored {
        head,
        sequence: entry.seq,
        ids,
        nodes: nodes.into_iter().map(|node| node.name).collect(),
        revoked_keys: renewed.revoked,
        key: renewed.key,
        waiting_messages,
    };
    Ok((restored, vec![entry]))
}
