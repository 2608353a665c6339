//! Makes a copy safe to use, in one transaction.

use super::error::RestoreError;
use super::watch::Watched;
use super::{Restored, lifted_head, lifted_id, store};
use crate::audit::{Action, Actor, Event};
use crate::base::{OrganizationId, Sequence, Timestamp};
use crate::db::{Conn, Db};
use crate::feed::Entry;
use crate::revocation::{self, Target};
use crate::signing_keys::{self, Keeper, KeysError, NewKey};

/// Makes a copy safe to use: raises the head of the feed and all ids, revokes every token and every
/// signing key, creates a new key, removes the rows of nodes that were `watched` and have stopped,
/// and records this in the audit log. `reached` is the highest sequence known to have been the
/// head. A second run also revokes what was issued since the first, and does no other harm.
///
/// # Errors
/// Returns a [`RestoreError`]. Nothing has been written then.
pub fn restore(
    db: &Db,
    keeper: &Keeper,
    watched: &Watched,
    reached: Option<Sequence>,
    now: Timestamp,
) -> Result<Restored, RestoreError> {
    // With the wrong master key, a new key must not be added to those that this key cannot open.
    match keeper.load(db, None) {
        Ok(_) | Err(KeysError::NoneActive) => {}
        Err(why) => return Err(why.into()),
    }
    let fresh = NewKey::make(keeper.rules().algorithm)?;
    // Waits for a node that started in the meantime, as every revoke does.
    let (restored, _) = revocation::commit_from_cli(db, |conn| {
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
    // The sequence `keys` only serializes changes of keys and gives out no ids.
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
    store::delete_registration_tokens(conn)?;
    store::delete_platform_sessions(conn)?;
    let waiting_messages = store::waiting_messages(conn)?;
    // No entry revokes an API key: its record decides.
    let quarantined_api_keys = store::quarantine_api_keys(conn)?;
    let renewed = signing_keys::renew(conn, keeper, fresh, &Actor::CommandLine, now)?;

    let event = Event::new(Action::DatabaseRestored, Actor::CommandLine, now).detail(format!(
        "the feed went on from {head} to {lifted}; ids lifted; every token revoked; signing keys revoked: {}; {} signs; \
         API keys quarantined: {quarantined_api_keys}; rows of nodes removed: {}",
        renewed.revoked.len(),
        renewed.key,
        nodes.len(),
    ));
    // Written last, so that every sequence ever used is below it.
    let everything = Target::Organization;
    let entry = revocation::write(conn, OrganizationId::SERVICE, everything, now, event)?;
    let restored = Restored {
        head,
        sequence: entry.seq,
        ids,
        nodes: nodes.into_iter().map(|node| node.name).collect(),
        revoked_keys: renewed.revoked,
        key: renewed.key,
        quarantined_api_keys,
        waiting_messages,
    };
    Ok((restored, vec![entry]))
}
