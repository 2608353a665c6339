//! Managing apps: add, read, list, change and remove them.

use secrecy::{ExposeSecret, SecretString};

use super::{OnUnknown, WechatApp, sealed_name, store};
use crate::access::Roles;
use crate::audit::{self, Action, Event, Origin};
use crate::base::{OrganizationId, Seek, Timestamp};
use crate::db::{self, Conn, Error, serialize_writes};
use crate::operator::{Profile, ProfileError};
use crate::organization;
use crate::seal::{MasterKeys, SealError, Sealed};

/// The largest number of apps of an organization.
const MOST: i64 = 100;

/// The longest id of an app, and the longest secret (bytes). WeChat's have 18 and 32.
const LONGEST: usize = 128;

/// The role of new operators, unless another one is given (guide 000).
const ROLE: &str = "customer";

/// Why an app was not added, read or changed.
#[derive(Debug, thiserror::Error)]
pub enum ManageError {
    /// The id of the app has other characters, or is empty or too long.
    #[error("app_id must have 1 to {LONGEST} of the characters A-Z a-z 0-9 _ -")]
    AppId,
    /// The secret is missing, has other characters, or is too long.
    #[error("secret must have 1 to {LONGEST} visible ASCII characters")]
    Secret,
    /// The role has other characters, or is empty or too long.
    #[error("role must have 1 to 64 of the characters A-Z a-z 0-9 . _ : -")]
    Role,
    /// An operator with the role could manage the organization, or see what others do.
    #[error("role must not be {0}: everyone who signs in for the first time would get it")]
    Privileged(String),
    /// There is an app with this id.
    #[error(
        "there is an app with this app_id already; an app_id belongs to one organization of the service"
    )]
    Taken,
    /// The organization has as many as it may have.
    #[error("the organization has {MOST} apps, which is the most; remove one first")]
    TooMany,
    /// The app was changed since the caller has read it.
    #[error("the app was changed meanwhile; read it again")]
    Changed,
    /// There is no such app in this organization.
    #[error("there is no app with this app_id in this organization")]
    Unknown,
    /// There is no such organization.
    #[error("there is no organization with this id")]
    UnknownOrganization,
    /// The secret cannot be sealed.
    #[error("{0}")]
    Seal(SealError),
    /// The database failed.
    #[error("{0}")]
    Database(Error),
}

impl From<Error> for ManageError {
    fn from(error: Error) -> Self {
        match error {
            Error::Duplicate { .. } => Self::Taken,
            other => Self::Database(other),
        }
    }
}

type Result<T> = std::result::Result<T, ManageError>;

/// What may be set of an app: what is absent stays, or is the default.
#[derive(Debug, Clone, Default)]
pub struct Members {
    /// Its secret at WeChat (`appsecret`).
    pub secret: Option<SecretString>,
    /// What happens when a person signs in for the first time; by default it becomes an operator.
    pub on_unknown: Option<OnUnknown>,
    /// The role of new operators; by default `customer`.
    pub role: Option<String>,
}

impl Members {
    fn apply(&self, app: &mut WechatApp) -> Result<()> {
        if let Some(on_unknown) = self.on_unknown {
            app.on_unknown = on_unknown;
        }
        if let Some(role) = &self.role {
            app.role = checked_role(role)?;
        }
        Ok(())
    }
}

fn checked_role(role: &str) -> Result<String> {
    if Roles::is_fixed(role) {
        return Err(ManageError::Privileged(role.to_owned()));
    }
    let profile = Profile {
        name: ROLE.to_owned(),
        role: Some(role.to_owned()),
        ..Profile::default()
    };
    match profile.check() {
        Err(ProfileError::Role) => Err(ManageError::Role),
        _ => Ok(role.to_owned()),
    }
}

/// An app that is to be added.
#[derive(Debug, Clone)]
pub struct NewApp {
    /// The id that WeChat gave it.
    pub app_id: String,
    /// What else is set. It needs a secret.
    pub members: Members,
}

/// Returns whether a text can be the id of an app.
#[must_use]
pub fn is_app_id(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    (1..=LONGEST).contains(&text.len()) && text.bytes().all(fits)
}

fn seal(
    conn: &mut Conn,
    app_id: &str,
    secret: &SecretString,
    masters: &MasterKeys,
) -> Result<Sealed> {
    let secret = secret.expose_secret();
    if !(1..=LONGEST).contains(&secret.len()) || !secret.bytes().all(|byte| byte.is_ascii_graphic())
    {
        return Err(ManageError::Secret);
    }
    // Resealing locks this row as well, so a secret sealed with the old master key cannot appear after
    // it.
    serialize_writes(conn, "organizations")?;
    let sealed = masters
        .for_new(conn)?
        .seal(secret.as_bytes(), &sealed_name(app_id));
    sealed.map_err(|why| ManageError::Seal(why.into()))
}

/// Adds an app, in the caller's transaction.
///
/// # Errors
/// Returns the [`ManageError`].
pub fn add(
    conn: &mut Conn,
    organization: OrganizationId,
    new: &NewApp,
    masters: &MasterKeys,
    origin: &Origin,
    now: Timestamp,
) -> Result<WechatApp> {
    if !is_app_id(&new.app_id) {
        return Err(ManageError::AppId);
    }
    let mut app = WechatApp {
        organization,
        app_id: new.app_id.clone(),
        on_unknown: OnUnknown::Create,
        role: ROLE.to_owned(),
        created_at: now.whole_second(),
    };
    new.members.apply(&mut app)?;
    let secret = new.members.secret.as_ref().ok_or(ManageError::Secret)?;
    let sealed = seal(conn, &app.app_id, secret, masters)?;
    if !organization::exists(conn, organization)? {
        return Err(ManageError::UnknownOrganization);
    }
    if store::count(conn, organization)? >= MOST {
        return Err(ManageError::TooMany);
    }
    store::insert(conn, &app, &sealed)?;
    record(conn, Action::WechatAppCreated, &app, origin, now)?;
    Ok(app)
}

/// Returns an app of the organization.
///
/// # Errors
/// Returns the [`ManageError`].
pub fn get(conn: &mut Conn, organization: OrganizationId, app_id: &str) -> Result<WechatApp> {
    if !is_app_id(app_id) {
        return Err(ManageError::Unknown);
    }
    store::find(conn, organization, app_id)?.ok_or(ManageError::Unknown)
}

/// Returns the organization of an app.
///
/// # Errors
/// Returns the [`ManageError`].
pub fn organization_of(conn: &mut Conn, app_id: &str) -> Result<OrganizationId> {
    if !is_app_id(app_id) {
        return Err(ManageError::Unknown);
    }
    let found = store::find_any(conn, app_id)?.ok_or(ManageError::Unknown)?;
    Ok(found.app.organization)
}

/// Returns at most `limit` apps whose id comes after `after`, ordered by id.
///
/// # Errors
/// Returns the errors of the database.
pub fn list(
    conn: &mut Conn,
    organization: OrganizationId,
    seek: &Seek<String>,
    limit: i64,
) -> db::Result<Vec<WechatApp>> {
    store::page(conn, organization, seek, limit)
}

/// Changes an app, in the caller's transaction. Operators that exist keep their roles.
///
/// # Errors
/// Returns the [`ManageError`].
pub fn change(
    conn: &mut Conn,
    (organization, app_id): (OrganizationId, &str),
    members: &Members,
    masters: &MasterKeys,
    origin: &Origin,
    now: Timestamp,
) -> Result<WechatApp> {
    serialize_writes(conn, "organizations")?;
    let before = get(conn, organization, app_id)?;
    let mut app = before.clone();
    members.apply(&mut app)?;
    if let Some(secret) = &members.secret {
        let sealed = seal(conn, app_id, secret, masters)?;
        store::set_secret(conn, &app, &sealed)?;
    }
    if app != before || members.secret.is_some() {
        store::update(conn, &app)?;
        record(conn, Action::WechatAppUpdated, &app, origin, now)?;
    }
    Ok(app)
}

/// Changes an app like [`change`], if it still has the version that the caller has seen
/// ([`WechatApp::version`]).
///
/// # Errors
/// Returns the [`ManageError`]. It is [`ManageError::Changed`] if the app was changed meanwhile.
pub fn change_version(
    conn: &mut Conn,
    which: (OrganizationId, &str),
    version: &str,
    members: &Members,
    masters: &MasterKeys,
    origin: &Origin,
    now: Timestamp,
) -> Result<WechatApp> {
    serialize_writes(conn, "organizations")?;
    let (organization, app_id) = which;
    if get(conn, organization, app_id)?.version() != version {
        return Err(ManageError::Changed);
    }
    change(conn, which, members, masters, origin, now)
}

/// Removes an app, in the caller's transaction: nobody signs in with it any more. The operators stay,
/// and so do the ids of persons: if the organization adds the app again, they are who they were.
///
/// # Errors
/// Returns the [`ManageError`].
pub fn remove(
    conn: &mut Conn,
    (organization, app_id): (OrganizationId, &str),
    origin: &Origin,
    now: Timestamp,
) -> Result<()> {
    let app = get(conn, organization, app_id)?;
    if !store::delete(conn, organization, app_id)? {
        return Err(ManageError::Unknown);
    }
    Ok(record(conn, Action::WechatAppDeleted, &app, origin, now)?)
}

fn record(
    conn: &mut Conn,
    action: Action,
    app: &WechatApp,
    origin: &Origin,
    now: Timestamp,
) -> db::Result<()> {
    let event = Event::of(origin, action, now, app.organization).target(target(&app.app_id));
    audit::record(conn, &event)
}

/// Returns how the audit log names an app.
pub(super) fn target(app_id: &str) -> String {
    format!("wechat-app:{app_id}")
}
