//! Managing clients: read, list, add, change and delete them, and revoke their tokens.
//!
//! The law: whatever makes a client inactive revokes its tokens in the same transaction, and a
//! client that is enabled again gets none of them back.

mod error;
mod judge;
mod secrets;

pub use error::ManageError;
pub use judge::{faults, validate};
pub use secrets::{LONGEST_GRACE, Rotated, check_secrets, drop_secret, rotate_secret};

use std::time::Duration;

use self::secrets::secrets_for;
use super::{
    Client, ClientSecret, ClientSettings, ClientStatus, Registered, Registration, Secrets, keys,
    store,
};
use crate::audit::{self, Action, Event, Origin};
use crate::base::{ClientId, OrganizationId, Seek, Sequence, Timestamp};
use crate::db::{Conn, Records, serialize_within};
use crate::feed::{self, Entry, Fact, Needed, Record};
use crate::revocation::{self, GrantsOf, Target};

type Result<T> = std::result::Result<T, ManageError>;

/// The most clients of an organization, without those that are deleted.
const MOST: i64 = 10_000;

/// A client after a change.
#[derive(Debug)]
pub struct Changed {
    /// The client.
    pub registered: Registered,
    /// A new secret, if the change made one: it is shown only once.
    pub secret: Option<ClientSecret>,
    /// Whether the change takes something away from the client, or the client was to be disabled and
    /// was already.
    pub narrows: bool,
    /// Whether the change gives something to the client.
    pub widens: bool,
}

/// Returns a client of the organization with its secrets, also if it is deleted.
///
/// # Errors
/// Returns the [`ManageError`].
pub fn get(conn: &mut Conn, organization: OrganizationId, id: &ClientId) -> Result<Registered> {
    let client = store::find(conn, organization, id)?.ok_or(ManageError::Unknown)?;
    let secrets = store::secrets(conn, organization, id)?;
    Ok(Registered::new(client, secrets))
}

/// Returns how many clients have a secret that ends within `within`: the older one of a rotation.
///
/// # Errors
/// Returns an error if the database fails.
pub fn count_expiring(
    conn: &mut Conn,
    organization: OrganizationId,
    within: Duration,
    now: Timestamp,
) -> crate::db::Result<i64> {
    store::count_expiring(conn, organization, (now, now.plus(within)))
}

/// Returns at most `limit` clients that are not deleted, ordered by id, after `after`.
///
/// # Errors
/// Returns an error if the database fails.
pub fn list(
    conn: &mut Conn,
    organization: OrganizationId,
    seek: &Seek<ClientId>,
    limit: i64,
) -> crate::db::Result<Vec<Registered>> {
    let clients = store::list(conn, organization, seek, limit)?;
    let (Some(first), Some(last)) = (clients.first(), clients.last()) else {
        return Ok(Vec::new());
    };
    let (from, to) = (
        first.id.clone().min(last.id.clone()),
        first.id.clone().max(last.id.clone()),
    );
    let mut secrets = store::secrets_between(conn, organization, &from, &to)?;
    let registered = |client: Client| {
        let secrets = secrets.remove(&client.id).unwrap_or_default();
        Registered::new(client, secrets)
    };
    Ok(clients.into_iter().map(registered).collect())
}

/// Adds a client, in the caller's transaction. The keys that sign its tokens must be there
/// ([`super::keys`]). Returns the client, its secret if it has one, and the entry that announces
/// it.
///
/// # Errors
/// Returns the [`ManageError`].
pub fn add(
    conn: &mut Conn,
    organization: OrganizationId,
    registration: &Registration,
    origin: &Origin,
    now: Timestamp,
) -> Result<(Changed, Vec<Entry>)> {
    // No other transaction adds a client of the organization until this one ends, so the number
    // is right.
    serialize_within(conn, Records::Clients, organization)?;
    if store::count(conn, organization)? >= MOST {
        return Err(ManageError::TooMany);
    }
    let settings = validate(conn, organization, registration)?;
    keys::check(conn, &[], &settings)?;
    let mut client = Client {
        organization,
        id: ClientId::generate(),
        status: ClientStatus::Active,
        settings,
        created_seq: Sequence(0),
        created_at: now.whole_second(),
    };
    store::insert(conn, &client, now)?;
    let (secrets, secret) = secrets_for(&client, Secrets::default(), now);
    store::set_secrets(conn, organization, &client.id, &secrets)?;
    audit::record(conn, &event(origin, Action::ClientCreated, &client, now))?;
    let entry = announce(conn, &client, now)?;
    client.created_seq = entry.seq;
    store::set_created_seq(conn, &client)?;
    let changed = Changed {
        registered: Registered::new(client, secrets),
        secret,
        narrows: false,
        widens: true,
    };
    Ok((changed, vec![entry]))
}

/// Returns the settings that a client has after a change of its registration, as [`change`] makes
/// it.
///
/// # Errors
/// Returns the [`ManageError`].
pub fn settings_after(
    conn: &mut Conn,
    (organization, id): (OrganizationId, &ClientId),
    edit: impl FnOnce(&mut Registration),
) -> Result<ClientSettings> {
    let client = store::find(conn, organization, id)?.ok_or(ManageError::Unknown)?;
    edited(conn, &client, edit)
}

/// Returns the settings after an edit. An edit that changes no member is not validated: a client
/// can be disabled although the operator that it names was deleted since.
fn edited(
    conn: &mut Conn,
    client: &Client,
    edit: impl FnOnce(&mut Registration),
) -> Result<ClientSettings> {
    if client.status == ClientStatus::Deleted {
        return Err(ManageError::Deleted);
    }
    let present = Registration::from(&client.settings);
    let mut wanted = present.clone();
    edit(&mut wanted);
    if wanted == present {
        return Ok(client.settings.clone());
    }
    validate(conn, client.organization, &wanted)
}

/// Changes a client, in the caller's transaction. `active` enables it (`Some(true)`) or disables it
/// (`Some(false)`); its status stays as it is if `active` is `None`. Returns the client after the
/// change, and the entries that were written.
///
/// # Errors
/// Returns the [`ManageError`]. It is [`ManageError::KeysMissing`] if another change came between
/// [`settings_after`] and this one, so that other keys sign the tokens than the caller has prepared.
pub fn change(
    conn: &mut Conn,
    which: (OrganizationId, &ClientId),
    edit: impl FnOnce(&mut Registration),
    active: Option<bool>,
    origin: &Origin,
    now: Timestamp,
) -> Result<(Changed, Vec<Entry>)> {
    change_if(conn, which, None, edit, active, origin, now)
}

/// Changes the settings of a client like [`change`], if they still have the version that the caller
/// has seen ([`Client::version`]).
///
/// # Errors
/// Returns the [`ManageError`]. It is [`ManageError::Changed`] if the client was changed meanwhile.
pub fn change_version(
    conn: &mut Conn,
    which: (OrganizationId, &ClientId),
    version: &str,
    edit: impl FnOnce(&mut Registration),
    origin: &Origin,
    now: Timestamp,
) -> Result<(Changed, Vec<Entry>)> {
    change_if(conn, which, Some(version), edit, None, origin, now)
}

fn change_if(
    conn: &mut Conn,
    (organization, id): (OrganizationId, &ClientId),
    version: Option<&str>,
    edit: impl FnOnce(&mut Registration),
    active: Option<bool>,
    origin: &Origin,
    now: Timestamp,
) -> Result<(Changed, Vec<Entry>)> {
    serialize_within(conn, Records::Clients, organization)?;
    let before = get(conn, organization, id)?;
    if version.is_some_and(|version| version != before.client.version()) {
        return Err(ManageError::Changed);
    }
    let mut client = before.client.clone();
    client.settings = edited(conn, &before.client, edit)?;
    if let Some(active) = active {
        client.status = if active {
            ClientStatus::Active
        } else {
            ClientStatus::Disabled
        };
    }
    keys::check(
        conn,
        &keys::roles(&before.client.settings),
        &client.settings,
    )?;
    let disables = active == Some(false);
    let narrows = disables || client.settings.is_narrower_than(&before.client.settings);
    let enables = client.is_active() && !before.client.is_active();
    let widens = enables || before.client.settings.is_narrower_than(&client.settings);
    if client == before.client {
        let changed = Changed {
            registered: before,
            secret: None,
            narrows,
            widens,
        };
        return Ok((changed, Vec::new()));
    }
    store::update(conn, &client, now)?;
    let (secrets, secret) = secrets_for(&client, before.secrets, now);
    if secrets != before.secrets {
        store::set_secrets(conn, organization, id, &secrets)?;
    }
    let event = event(origin, Action::ClientUpdated, &client, now);
    let entry = if disables && before.client.is_active() {
        revoke(conn, &client, event.detail("disabled"), now)?
    } else {
        audit::record(conn, &event)?;
        announce(conn, &client, now)?
    };
    let changed = Changed {
        registered: Registered::new(client, secrets),
        secret,
        narrows,
        widens,
    };
    Ok((changed, vec![entry]))
}

/// Deletes a client, in the caller's transaction, and revokes its tokens. Its record stays
/// readable; its secrets do not stay. A second call changes nothing.
///
/// # Errors
/// Returns the [`ManageError`].
pub fn delete(
    conn: &mut Conn,
    (organization, id): (OrganizationId, &ClientId),
    origin: &Origin,
    now: Timestamp,
) -> Result<Vec<Entry>> {
    serialize_within(conn, Records::Clients, organization)?;
    let mut client = store::find(conn, organization, id)?.ok_or(ManageError::Unknown)?;
    if client.status == ClientStatus::Deleted {
        return Ok(Vec::new());
    }
    client.status = ClientStatus::Deleted;
    store::update(conn, &client, now)?;
    store::set_secrets(conn, organization, id, &Secrets::default())?;
    let event = event(origin, Action::ClientDeleted, &client, now);
    Ok(vec![revoke(conn, &client, event, now)?])
}

/// Revokes every token of a client that was issued so far, in the caller's transaction. Operators
/// must consent again.
///
/// # Errors
/// Returns the [`ManageError`].
pub fn revoke_tokens(
    conn: &mut Conn,
    (organization, id): (OrganizationId, &ClientId),
    origin: &Origin,
    now: Timestamp,
) -> Result<Vec<Entry>> {
    let client = store::find(conn, organization, id)?.ok_or(ManageError::Unknown)?;
    let event = event(origin, Action::ClientTokensRevoked, &client, now);
    Ok(vec![revoke(conn, &client, event, now)?])
}

/// Ends what the client's tokens live by, and writes the entry that revokes them.
fn revoke(conn: &mut Conn, client: &Client, event: Event, now: Timestamp) -> Result<Entry> {
    let grants = GrantsOf::Client(&client.id);
    revocation::end_grants(conn, client.organization, grants, now)?;
    let target = Target::Client(client.id.tag());
    let entry = revocation::write(conn, client.organization, target, now, event)?;
    Ok(entry)
}

/// Writes the entry that makes every node forget what it remembers of the client.
fn announce(conn: &mut Conn, client: &Client, now: Timestamp) -> crate::db::Result<Entry> {
    let record = Fact::Changed(Record::Client(client.id.tag()));
    feed::append(
        conn,
        client.organization,
        record,
        now,
        Needed::in_passing(now),
    )
}

fn event(origin: &Origin, action: Action, client: &Client, now: Timestamp) -> Event {
    Event::of(origin, action, now, client.organization).target(format!("client:{}", client.id))
}
