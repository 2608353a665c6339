//! Managing clients: add, read, list, change, delete, another secret, and the end of all tokens.
//!
//! The law: whatever makes a client inactive revokes its tokens in the same transaction, and a
//! client that is enabled again gets none of them back.

use std::time::Duration;

use super::secret::GRACE;
use super::{
    Authentication, Client, ClientSecret, ClientSettings, ClientStatus, Known, Registered,
    Registration, RegistrationError, Secrets, store,
};
use crate::audit::{self, Action, Event, Origin};
use crate::base::{ClientId, OperatorId, OrganizationId, Sequence, Timestamp};
use crate::db::{Conn, Error, Records, serialize_within};
use crate::feed::{self, Entry, Fact, Needed, Record};
use crate::operator::{self, OperatorStatus};
use crate::organization::Definitions;
use crate::revocation::{self, Target};
use crate::signing_keys::KeysError;

/// The longest grace of an older secret (seconds): 30 days.
const LONGEST_GRACE: i64 = 30 * 86_400;

/// Why a client was not read or changed.
#[derive(Debug, thiserror::Error)]
pub enum ManageError {
    /// A member cannot be what it says.
    #[error("{0}")]
    Registration(RegistrationError),
    /// There is no such client in this organization.
    #[error("there is no client with this id in this organization")]
    Unknown,
    /// The client is deleted, which cannot be undone.
    #[error("the client is deleted, which is for good; add it anew")]
    Deleted,
    /// The client does not prove itself by a secret.
    #[error("the client has no secret: its authMethod is not client_secret")]
    NoSecret,
    /// The grace is out of bounds.
    #[error("graceSeconds must be between 0 and {LONGEST_GRACE}")]
    Grace,
    /// There is no such organization.
    #[error("there is no organization with this id")]
    UnknownOrganization,
    /// The keys that sign the client's tokens cannot be made.
    #[error("{0}")]
    Keys(KeysError),
    /// The database failed.
    #[error("{0}")]
    Database(Error),
}

impl From<Error> for ManageError {
    fn from(error: Error) -> Self {
        Self::Database(error)
    }
}

impl From<RegistrationError> for ManageError {
    fn from(error: RegistrationError) -> Self {
        Self::Registration(error)
    }
}

impl From<KeysError> for ManageError {
    fn from(error: KeysError) -> Self {
        match error {
            KeysError::Database(error) => Self::Database(error),
            other => Self::Keys(other),
        }
    }
}

type Result<T> = std::result::Result<T, ManageError>;

/// The settings and the status that a client is to have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// The members, as they are given.
    pub registration: Registration,
    /// `Some(true)` to enable it, `Some(false)` to disable it. `None` leaves the status as it is.
    pub active: Option<bool>,
}

/// A client after a change.
#[derive(Debug)]
pub struct Changed {
    /// The client.
    pub registered: Registered,
    /// A new secret, if the change made one: it is shown only once.
    pub secret: Option<ClientSecret>,
    /// Whether the change takes something away from the client.
    pub narrows: bool,
}

/// Another secret of a client.
#[derive(Debug)]
pub struct Rotated {
    /// The new secret, which is shown only once.
    pub secret: ClientSecret,
    /// When the one before it ends. `None` if it has ended.
    pub previous_expires_at: Option<Timestamp>,
}

/// Checks a registration against what the organization has now.
///
/// # Errors
/// Returns the [`ManageError`].
pub fn validate(
    conn: &mut Conn,
    organization: OrganizationId,
    registration: &Registration,
) -> Result<ClientSettings> {
    let defined = Definitions::read(conn, organization)?;
    let defined = defined.ok_or(ManageError::UnknownOrganization)?;
    let operator = match registration.operator_id {
        None => false,
        Some(id) => match operator::get(conn, organization, OperatorId(id)) {
            Ok(operator) => operator.status != OperatorStatus::Deleted,
            Err(operator::ManageError::Database(error)) => return Err(error.into()),
            Err(_) => false,
        },
    };
    let known = Known {
        scopes: &defined.scope_set(),
        resources: &defined.resource_uris(),
        operator,
    };
    Ok(registration.validate(&known)?)
}

/// Returns a client of the organization with its secrets, also if it is deleted.
///
/// # Errors
/// Returns the [`ManageError`].
pub fn get(conn: &mut Conn, organization: OrganizationId, id: &ClientId) -> Result<Registered> {
    let client = store::find(conn, organization, id)?.ok_or(ManageError::Unknown)?;
    let secrets = store::secrets(conn, organization, id)?;
    Ok(Registered { client, secrets })
}

/// Returns at most `limit` clients that are not deleted, ordered by id, after `after`.
///
/// # Errors
/// Returns an error if the database fails.
pub fn list(
    conn: &mut Conn,
    organization: OrganizationId,
    after: Option<&ClientId>,
    limit: i64,
) -> crate::db::Result<Vec<Registered>> {
    let clients = store::list(conn, organization, after, limit)?;
    let (Some(first), Some(last)) = (clients.first(), clients.last()) else {
        return Ok(Vec::new());
    };
    let mut secrets = store::secrets_between(conn, organization, &first.id, &last.id)?;
    let registered = |client: Client| {
        let secrets = secrets.remove(&client.id).unwrap_or_default();
        Registered { client, secrets }
    };
    Ok(clients.into_iter().map(registered).collect())
}

/// Adds a client, in the caller's transaction. The keys that sign its tokens must be there
/// ([`super::keys`]). Returns the client, its secret if it has one, and the entry that announces it.
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
    serialize_within(conn, Records::Clients, organization)?;
    let settings = validate(conn, organization, registration)?;
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
        registered: Registered { client, secrets },
        secret,
        narrows: false,
    };
    Ok((changed, vec![entry]))
}

/// Returns what a client is to be after a change of its registration, for [`change`].
///
/// # Errors
/// Returns the [`ManageError`].
pub fn wanted(
    conn: &mut Conn,
    (organization, id): (OrganizationId, &ClientId),
    edit: impl FnOnce(&mut Registration),
    active: Option<bool>,
) -> Result<Wanted> {
    let client = store::find(conn, organization, id)?.ok_or(ManageError::Unknown)?;
    if client.status == ClientStatus::Deleted {
        return Err(ManageError::Deleted);
    }
    let mut registration = Registration::from(&client.settings);
    edit(&mut registration);
    Ok(Wanted {
        registration,
        active,
    })
}

/// Changes a client, in the caller's transaction. Returns it after the change, and the entries that
/// were written.
///
/// # Errors
/// Returns the [`ManageError`].
pub fn change(
    conn: &mut Conn,
    (organization, id): (OrganizationId, &ClientId),
    edit: impl FnOnce(&mut Registration),
    active: Option<bool>,
    origin: &Origin,
    now: Timestamp,
) -> Result<(Changed, Vec<Entry>)> {
    serialize_within(conn, Records::Clients, organization)?;
    let wanted = wanted(conn, (organization, id), edit, active)?;
    let before = get(conn, organization, id)?;
    let mut client = before.client.clone();
    client.settings = validate(conn, organization, &wanted.registration)?;
    if let Some(active) = wanted.active {
        client.status = if active {
            ClientStatus::Active
        } else {
            ClientStatus::Disabled
        };
    }
    let disables = wanted.active == Some(false);
    let narrows = disables || client.settings.is_narrower_than(&before.client.settings);
    if client == before.client {
        let changed = Changed {
            registered: before,
            secret: None,
            narrows,
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
        registered: Registered { client, secrets },
        secret,
        narrows,
    };
    Ok((changed, vec![entry]))
}

/// Deletes a client, in the caller's transaction, and revokes its tokens. Its record stays readable;
/// its secrets do not stay. A second call changes nothing.
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

/// Gives a client another secret, in the caller's transaction. The present one ends after
/// `grace_seconds`, the one before it at once. `None` stands for 7 days.
///
/// # Errors
/// Returns the [`ManageError`].
pub fn rotate_secret(
    conn: &mut Conn,
    (organization, id): (OrganizationId, &ClientId),
    grace_seconds: Option<i64>,
    origin: &Origin,
    now: Timestamp,
) -> Result<(Rotated, Vec<Entry>)> {
    let grace = match grace_seconds {
        None => GRACE,
        Some(seconds @ 0..=LONGEST_GRACE) => {
            Duration::from_secs(u64::try_from(seconds).unwrap_or_default())
        }
        Some(_) => return Err(ManageError::Grace),
    };
    serialize_within(conn, Records::Clients, organization)?;
    let Registered { client, secrets } = get(conn, organization, id)?;
    if client.status == ClientStatus::Deleted {
        return Err(ManageError::Deleted);
    }
    if client.settings.authentication != Authentication::Secret {
        return Err(ManageError::NoSecret);
    }
    let secret = ClientSecret::generate();
    let secrets = secrets.rotate(secret.digest(), now.whole_second(), grace);
    store::set_secrets(conn, organization, id, &secrets)?;
    audit::record(
        conn,
        &event(origin, Action::ClientSecretRotated, &client, now),
    )?;
    let entry = announce(conn, &client, now)?;
    let rotated = Rotated {
        secret,
        previous_expires_at: secrets.previous.and_then(|secret| secret.expires_at),
    };
    Ok((rotated, vec![entry]))
}

/// Revokes every token of a client that was issued so far, in the caller's transaction. Operators
/// are asked again for what they allowed it.
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
    store::end_grants(conn, client, now)?;
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

/// Returns the secrets that a client has with its settings, and a new one if it needs one and has
/// none.
fn secrets_for(
    client: &Client,
    present: Secrets,
    now: Timestamp,
) -> (Secrets, Option<ClientSecret>) {
    match client.settings.authentication {
        Authentication::Public | Authentication::PrivateKeyJwt(_) => (Secrets::default(), None),
        Authentication::Secret if present.current.is_some() => (present, None),
        Authentication::Secret => {
            let secret = ClientSecret::generate();
            let secrets = Secrets::first(secret.digest(), now.whole_second());
            (secrets, Some(secret))
        }
    }
}
