//! Changes the settings of an API key.

use super::{ManageError, Members, Result, announce, begin, event, get};
use crate::api_key::{KeySettings, KeyStatus, LastUse, StoredKey, store};
use crate::audit::{self, Action, Origin};
use crate::base::{ApiKeyId, OrganizationId, Timestamp};
use crate::db::Conn;
use crate::feed::Entry;

/// A key after a change.
#[derive(Debug)]
pub struct Changed {
    /// The key.
    pub stored: StoredKey,
    /// The last use.
    pub last: LastUse,
    /// Whether the change takes something away from the key.
    pub narrows: bool,
}

/// Changes a key, in the caller's transaction. Returns the key after the change, and the entries
/// that were written.
///
/// # Errors
/// Returns the [`ManageError`].
pub fn change(
    conn: &mut Conn,
    which: (OrganizationId, ApiKeyId),
    members: &Members,
    origin: &Origin,
    now: Timestamp,
) -> Result<(Changed, Vec<Entry>)> {
    change_if(conn, which, None, members, origin, now)
}

/// Changes a key like [`change`], if its settings still have the version that the caller has seen
/// ([`KeySettings::version`]).
///
/// # Errors
/// Returns the [`ManageError`]. It is [`ManageError::Changed`] if the key was changed meanwhile.
pub fn change_version(
    conn: &mut Conn,
    which: (OrganizationId, ApiKeyId),
    version: &str,
    members: &Members,
    origin: &Origin,
    now: Timestamp,
) -> Result<(Changed, Vec<Entry>)> {
    change_if(conn, which, Some(version), members, origin, now)
}

fn change_if(
    conn: &mut Conn,
    (organization, id): (OrganizationId, ApiKeyId),
    version: Option<&str>,
    members: &Members,
    origin: &Origin,
    now: Timestamp,
) -> Result<(Changed, Vec<Entry>)> {
    let defined = begin(conn, organization)?;
    let (mut stored, last) = get(conn, organization, id)?;
    if stored.key.status == KeyStatus::Revoked {
        return Err(ManageError::Revoked);
    }
    let before = stored.key.settings.clone();
    let fixed = (stored.key.operator, stored.key.signing);
    members.apply(&mut stored.key.settings, fixed, &defined, now)?;
    let after = &stored.key.settings;
    let unchanged = *after == before;
    if !unchanged && version.is_some_and(|version| version != before.version()) {
        return Err(ManageError::Changed);
    }
    // A second call with the same members waits as the first one did: it may be a retry of it.
    let narrows = unchanged || is_narrower(after, &before);
    let mut entries = Vec::new();
    if !unchanged {
        store::update(conn, &stored.key)?;
        let event = event(origin, Action::ApiKeyUpdated, &stored.key, now);
        audit::record(conn, &event)?;
        entries.push(announce(conn, &stored.key, now)?);
    }
    let changed = Changed {
        stored,
        last,
        narrows,
    };
    Ok((changed, entries))
}

/// Whether something that was allowed before no longer is.
fn is_narrower(after: &KeySettings, before: &KeySettings) -> bool {
    let later = |end: Option<Timestamp>| end.unwrap_or(Timestamp::MAX);
    !before
        .scopes
        .iter()
        .all(|scope| after.scopes.covers(scope.as_str()))
        || (before.role.is_some() && after.role != before.role)
        || later(after.expires_at) < later(before.expires_at)
        || !after.allowed.covers(&before.allowed)
        || (after.require_signature && !before.require_signature)
}
