//! Managing API keys: make, read, list, change, rotate, quarantine, release and revoke them.
//!
//! The law: a change that takes rights away from a key writes an entry of the feed in the same
//! transaction, so that no node goes on with the record it remembers.

mod change;
mod ends;
mod error;
mod maker;
mod members;
mod rotate;
mod search;
mod signing;
mod standing;

pub use change::{Changed, change, change_version};
pub use ends::{
    BATCH, NamedKeys, made_by, quarantine, release, revoke, revoke_some, revoke_these, some_made_by,
};
pub use error::ManageError;
pub use maker::{Maker, MakerEnd, MakerError, end_maker, end_maker_from_cli};
pub use members::{Members, NewKey, faults};
pub use rotate::{LONGEST_OVERLAP, OVERLAP, rotate};
pub use search::{Found, Search, search};
pub use standing::{Standing, standing};

use std::collections::BTreeSet;
use std::time::Duration;

use super::store::Filter;
use super::{
    ApiKey, Environment, KeyStatus, KeyText, LastUse, Prefix, SigningSecret, StoredKey, StoredText,
    store, target_of,
};
use crate::audit::{self, Action, Event, Origin};
use crate::base::{ApiKeyId, OperatorId, OrganizationId, Seek, TimeKey, Timestamp};
use crate::db::{self, Conn, Records, serialize_within};
use crate::feed::{self, Entry, Fact, Needed, Record};
use crate::operator::{self, OperatorStatus};
use crate::organization::Definitions;
use crate::seal::MasterKeys;

/// The largest number of keys of an organization that are not revoked.
pub const MOST: i64 = 10_000;

type Result<T> = std::result::Result<T, ManageError>;

/// A key that was made or rotated, with its text, which is shown only once.
#[derive(Debug)]
pub struct Made {
    /// The key.
    pub stored: StoredKey,
    /// The last use.
    pub last: LastUse,
    /// The text.
    pub text: KeyText,
    /// The signing secret, which is shown only once as well; `None` if the key does not sign.
    pub secret: Option<SigningSecret>,
    /// Whether a text that was valid ended at once.
    pub ends_now: bool,
}

/// Which keys a list has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Listed {
    /// All but those that are revoked.
    #[default]
    NotRevoked,
    /// Those with this status, and for `active`: that have not expired.
    Status(KeyStatus),
    /// Those that have expired and are active otherwise.
    Expired,
}

/// Which keys a list has: those to which every member applies.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Wanted {
    /// By status.
    pub listed: Listed,
    /// Only those for this.
    pub environment: Option<Environment>,
    /// Only those that were made by this actor, as in the audit log: `operator:31`.
    pub created_by: Option<String>,
}

/// Makes a key, in the caller's transaction. `masters` may be `None` if the key does not sign.
///
/// # Errors
/// Returns the [`ManageError`].
pub fn create(
    conn: &mut Conn,
    masters: Option<&MasterKeys>,
    organization: OrganizationId,
    wanted: &NewKey,
    origin: &Origin,
    now: Timestamp,
) -> Result<Made> {
    let defined = begin(conn, organization)?;
    if store::count(conn, organization)? >= MOST {
        return Err(ManageError::TooMany);
    }
    let operator = wanted.operator.map(OperatorId);
    if let Some(id) = operator {
        known_operator(conn, organization, id)?;
    }
    let mut settings = members::none();
    let signing = wanted.signing || wanted.members.require_signature == Some(true);
    if wanted.members.name.is_none() {
        return Err(ManageError::Name);
    }
    wanted
        .members
        .apply(&mut settings, (operator, signing), &defined, now)?;
    let environment = wanted.environment.unwrap_or(Environment::Live);
    let prefix = wanted.prefix.unwrap_or(Prefix::Ak);
    let text = KeyText::draw(prefix, environment);
    let key = ApiKey {
        organization,
        id: ApiKeyId::draw(),
        settings,
        environment,
        prefix,
        operator,
        signing,
        status: KeyStatus::Active,
        start: text.start().to_owned(),
        end: text.end().to_owned(),
        created_at: now,
        created_by: origin.actor.to_string(),
    };
    store::insert(conn, &key)?;
    store::insert_text(conn, &key, text.digest())?;
    let secret = signing::begin(conn, masters, &key)?;
    audit::record(conn, &event(origin, Action::ApiKeyCreated, &key, now))?;
    Ok(Made {
        stored: with_text(key, &text),
        last: LastUse::default(),
        text,
        secret,
        ends_now: false,
    })
}

fn with_text(key: ApiKey, text: &KeyText) -> StoredKey {
    let present = StoredText {
        digest: text.digest(),
        ends_at: None,
    };
    StoredKey {
        key,
        texts: vec![present],
    }
}

/// Returns a key of the organization with its last use, also if it is revoked.
///
/// # Errors
/// Returns the [`ManageError`].
pub fn get(
    conn: &mut Conn,
    organization: OrganizationId,
    id: ApiKeyId,
) -> Result<(StoredKey, LastUse)> {
    store::find(conn, organization, id)?.ok_or(ManageError::Unknown)
}

/// Returns these keys of the organization with their last uses, newest first, also those that are
/// revoked.
///
/// # Errors
/// Returns the [`ManageError`]. It is [`ManageError::Unknown`] if one of them is unknown.
pub fn get_these(
    conn: &mut Conn,
    organization: OrganizationId,
    ids: &BTreeSet<ApiKeyId>,
) -> Result<Vec<(StoredKey, LastUse)>> {
    let found = store::among(conn, organization, ids)?;
    if found.len() != ids.len() {
        return Err(ManageError::Unknown);
    }
    Ok(found)
}

/// Returns the organization of a key.
///
/// # Errors
/// Returns the [`ManageError`].
pub fn organization_of(conn: &mut Conn, id: ApiKeyId) -> Result<OrganizationId> {
    store::organization_of(conn, id)?.ok_or(ManageError::Unknown)
}

/// Returns how many active keys expire within `within`.
///
/// # Errors
/// Returns an error if the database fails.
pub fn count_expiring(
    conn: &mut Conn,
    organization: OrganizationId,
    within: Duration,
    now: Timestamp,
) -> db::Result<i64> {
    store::count_expiring(conn, organization, (now, now.plus(within)))
}

/// Returns at most `limit` keys with their last uses, newest first, after `after`.
///
/// # Errors
/// Returns an error if the database fails.
pub fn list(
    conn: &mut Conn,
    organization: OrganizationId,
    wanted: &Wanted,
    seek: Seek<TimeKey<ApiKeyId>>,
    limit: i64,
    now: Timestamp,
) -> db::Result<Vec<(StoredKey, LastUse)>> {
    let (status, expired) = match wanted.listed {
        Listed::NotRevoked => (None, None),
        Listed::Status(KeyStatus::Active) => (Some(KeyStatus::Active), Some((false, now))),
        Listed::Status(status) => (Some(status), None),
        Listed::Expired => (Some(KeyStatus::Active), Some((true, now))),
    };
    let filter = Filter {
        status,
        expired,
        environment: wanted.environment,
        created_by: wanted.created_by.clone(),
    };
    store::list(conn, organization, filter, seek, limit)
}

/// Whether a key has a signing secret. It never changes.
///
/// # Errors
/// Returns the [`ManageError`].
pub fn is_signing(conn: &mut Conn, id: ApiKeyId) -> Result<bool> {
    let organization = organization_of(conn, id)?;
    Ok(get(conn, organization, id)?.0.key.signing)
}

fn known_operator(conn: &mut Conn, organization: OrganizationId, id: OperatorId) -> Result<()> {
    match operator::get(conn, organization, id) {
        Ok(operator) if operator.status != OperatorStatus::Deleted => Ok(()),
        Err(operator::ManageError::Database(error)) => Err(error.into()),
        Ok(_) | Err(_) => Err(ManageError::UnknownOperator),
    }
}

/// Makes other writers of the organization's keys and definitions wait.
fn begin(conn: &mut Conn, organization: OrganizationId) -> Result<Definitions> {
    serialize_within(conn, Records::Clients, organization)?;
    Definitions::read(conn, organization)?.ok_or(ManageError::UnknownOrganization)
}

/// Writes the entry that makes every node forget what it remembers of the key.
fn announce(conn: &mut Conn, key: &ApiKey, now: Timestamp) -> db::Result<Entry> {
    let record = Fact::Changed(Record::ApiKey(key.id));
    feed::append(conn, key.organization, record, now, Needed::in_passing(now))
}

fn event(origin: &Origin, action: Action, key: &ApiKey, now: Timestamp) -> Event {
    Event::of(origin, action, now, key.organization).target(target_of(key.id))
}
