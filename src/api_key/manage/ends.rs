//! What ends a key, for a while or for good.

use super::{ManageError, Result, announce, begin, event, get};
use crate::api_key::{KeyStatus, LastUse, StoredKey, store};
use crate::audit::{self, Action, Actor, Origin};
use crate::base::{ApiKeyId, OperatorId, OrganizationId, Timestamp};
use crate::db::{self, Conn, Records, serialize_within};
use crate::feed::Entry;
use crate::outbox;
use crate::revocation::{self, Target};

/// Longest reason of a quarantine (characters).
const LONGEST: usize = 500;

/// Revokes a key for good, in the caller's transaction. Its record stays readable. A second call
/// changes nothing.
///
/// # Errors
/// Returns the [`ManageError`].
pub fn revoke(
    conn: &mut Conn,
    (organization, id): (OrganizationId, ApiKeyId),
    origin: &Origin,
    now: Timestamp,
) -> Result<Vec<Entry>> {
    serialize_within(conn, Records::Clients, organization)?;
    let (mut stored, _) = get(conn, organization, id)?;
    if stored.key.status == KeyStatus::Revoked {
        return Ok(Vec::new());
    }
    stored.key.status = KeyStatus::Revoked;
    store::update(conn, &stored.key)?;
    store::end_secrets(conn, &stored.key, now)?;
    let event = event(origin, Action::ApiKeyRevoked, &stored.key, now);
    let entry = revocation::write(conn, organization, Target::ApiKey(id), now, event)?;
    Ok(vec![entry])
}

/// The largest number of keys that [`revoke_some`] revokes: while its transaction runs, nobody else
/// can revoke anything.
pub const BATCH: usize = 250;

/// Revokes at most [`BATCH`] keys of an organization, in the caller's transaction. Returns how many.
/// If it is less than that, the organization had no other ones.
///
/// # Errors
/// Returns the [`ManageError`].
pub fn revoke_some(
    conn: &mut Conn,
    organization: OrganizationId,
    origin: &Origin,
    now: Timestamp,
) -> Result<(usize, Vec<Entry>)> {
    begin(conn, organization)?;
    let mut live = store::live(conn, organization, BATCH)?;
    // In the order in which uses are written, so that the two never wait for each other.
    live.sort_unstable();
    let mut entries = Vec::with_capacity(live.len());
    for id in &live {
        entries.extend(revoke(conn, (organization, *id), origin, now)?);
    }
    Ok((live.len(), entries))
}

/// Revokes these keys, in the caller's transaction. Those that are revoked stay so. Returns how many were
/// not.
///
/// # Errors
/// Returns the [`ManageError`].
pub fn revoke_these(
    conn: &mut Conn,
    organization: OrganizationId,
    mut ids: Vec<ApiKeyId>,
    origin: &Origin,
    now: Timestamp,
) -> Result<(usize, Vec<Entry>)> {
    begin(conn, organization)?;
    // As in `revoke_some`.
    ids.sort_unstable();
    ids.dedup();
    let (mut revoked, mut entries) = (0, Vec::new());
    for id in ids {
        let some = revoke(conn, (organization, id), origin, now)?;
        revoked += usize::from(!some.is_empty());
        entries.extend(some);
    }
    Ok((revoked, entries))
}

/// Keys, each with its name.
pub type NamedKeys = Vec<(ApiKeyId, String)>;

/// Returns the keys that an operator made and that are not revoked. They stay
/// when the operator is deactivated or deleted.
///
/// # Errors
/// Returns an error if the database fails.
pub fn made_by(
    conn: &mut Conn,
    organization: OrganizationId,
    operator: OperatorId,
) -> db::Result<NamedKeys> {
    store::made_by(conn, organization, &Actor::Operator(operator).to_string())
}

/// Returns at most `limit` of the keys that [`made_by`] returns.
///
/// # Errors
/// Returns the errors of the database.
pub fn some_made_by(
    conn: &mut Conn,
    organization: OrganizationId,
    operator: OperatorId,
    limit: usize,
) -> db::Result<NamedKeys> {
    let created_by = Actor::Operator(operator).to_string();
    store::some_made_by(conn, organization, &created_by, limit)
}

/// Quarantines a key, in the caller's transaction: it is refused everywhere until it is released.
/// A second call changes nothing.
///
/// # Errors
/// Returns the [`ManageError`].
pub fn quarantine(
    conn: &mut Conn,
    which: (OrganizationId, ApiKeyId),
    reason: Option<&str>,
    origin: &Origin,
    now: Timestamp,
) -> Result<((StoredKey, LastUse), Vec<Entry>)> {
    let sound = |text: &str| text.chars().count() <= LONGEST && !text.chars().any(char::is_control);
    if !reason.is_none_or(sound) {
        return Err(ManageError::Reason);
    }
    let what = (KeyStatus::Quarantined, Action::ApiKeyQuarantined);
    set(conn, which, what, reason, origin, now)
}

/// Releases a quarantined key, in the caller's transaction. For an active one it changes nothing.
///
/// # Errors
/// Returns the [`ManageError`].
pub fn release(
    conn: &mut Conn,
    which: (OrganizationId, ApiKeyId),
    origin: &Origin,
    now: Timestamp,
) -> Result<((StoredKey, LastUse), Vec<Entry>)> {
    let what = (KeyStatus::Active, Action::ApiKeyReleased);
    set(conn, which, what, None, origin, now)
}

fn set(
    conn: &mut Conn,
    (organization, id): (OrganizationId, ApiKeyId),
    (status, action): (KeyStatus, Action),
    detail: Option<&str>,
    origin: &Origin,
    now: Timestamp,
) -> Result<((StoredKey, LastUse), Vec<Entry>)> {
    serialize_within(conn, Records::Clients, organization)?;
    let (mut stored, last) = get(conn, organization, id)?;
    if stored.key.status == KeyStatus::Revoked {
        return Err(ManageError::Revoked);
    }
    if stored.key.status == status {
        return Ok(((stored, last), Vec::new()));
    }
    stored.key.status = status;
    store::update(conn, &stored.key)?;
    let event = event(origin, action, &stored.key, now);
    audit::record(
        conn,
        &match detail {
            Some(detail) => event.detail(detail),
            None => event,
        },
    )?;
    if status == KeyStatus::Quarantined {
        let event = outbox::Event::ApiKeyQuarantined {
            key_id: id,
            name: stored.key.settings.name.clone(),
            at: now,
            reason: detail.map(str::to_owned),
        };
        outbox::emit(conn, organization, &event, now)?;
    }
    let entry = announce(conn, &stored.key, now)?;
    Ok(((stored, last), vec![entry]))
}
