//! Managing organizations: add, list, suspend, resume, set the login or the password. What is written
//! is the same for the command line, whose doors are here, and for a node (`on_node.rs`).

use super::{Organization, OrganizationStatus, credentials, definitions, store};
use crate::access::Preset;
use crate::audit::{self, Action, Event, Origin};
use crate::base::name::is_name;
use crate::base::{OrganizationId, Timestamp};
use crate::db::{Conn, Db, Error, Result};
use crate::feed::{self, Entry, Fact, Needed, Record};
use crate::login::LoginKey;
use crate::password::Password;
use crate::revocation::{self, GrantsOf, Receipt, Target};

/// An organization that is to be added.
#[derive(Debug)]
pub struct NewOrganization {
    /// The name that it logs in with.
    pub login: String,
    /// The name that people call it.
    pub name: String,
    /// Its password.
    pub password: Password,
    /// The scopes and roles that it begins with.
    pub preset: Preset,
}

/// An organization that is to be added, with the hash of its password.
#[derive(Debug)]
pub struct HashedOrganization {
    /// The name that it logs in with.
    pub login: String,
    /// The name that people call it.
    pub name: String,
    /// The hash of its password.
    pub password_hash: String,
    /// The scopes and roles that it begins with.
    pub preset: Preset,
}

/// Why an organization was not changed.
#[derive(Debug, thiserror::Error)]
pub enum ManageError {
    /// The login is not allowed.
    #[error(
        "the login must have 1 to 200 characters, all of them visible, and no white space and no /"
    )]
    Login,
    /// The name is not allowed.
    #[error(
        "the name must have 1 to 200 characters, at least one of them visible, and no control characters"
    )]
    Name,
    /// Another organization has this login. Case and the composition of letters are ignored.
    #[error("an organization with this login exists already")]
    Taken,
    /// There is no such organization.
    #[error("there is no organization with this id")]
    Unknown,
    /// The password cannot be hashed.
    #[error("the password cannot be hashed: {0}")]
    Hash(String),
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

/// Adds an organization.
///
/// # Errors
/// Returns the [`ManageError`].
pub fn add(
    db: &Db,
    new: &NewOrganization,
    cost: u32,
    origin: &Origin,
    now: Timestamp,
) -> std::result::Result<OrganizationId, ManageError> {
    check(&new.login, &new.name)?;
    let hashed = HashedOrganization {
        login: new.login.clone(),
        name: new.name.clone(),
        password_hash: new.password.hash(cost).map_err(ManageError::Hash)?,
        preset: new.preset,
    };
    let (id, _) = db.write_blocking(|conn| write_new(conn, hashed, origin, now))?;
    Ok(id)
}

/// Checks the login and the name of a new organization, which the database is not asked about.
///
/// # Errors
/// Returns the [`ManageError`].
pub fn check(login: &str, name: &str) -> std::result::Result<(), ManageError> {
    LoginKey::of_new(login).ok_or(ManageError::Login)?;
    if is_name(name) {
        Ok(())
    } else {
        Err(ManageError::Name)
    }
}

/// Adds an organization whose password is hashed, in the caller's transaction. Returns its id and the
/// entries that were written.
///
/// # Errors
/// Returns the [`ManageError`].
pub fn write_new(
    conn: &mut Conn,
    new: HashedOrganization,
    origin: &Origin,
    now: Timestamp,
) -> std::result::Result<(OrganizationId, Vec<Entry>), ManageError> {
    check(&new.login, &new.name)?;
    let key = LoginKey::of_new(&new.login).ok_or(ManageError::Login)?;
    let names = (key.fold, key.lower);
    let id = store::insert(conn, &new.login, names, &new.name, new.password_hash, now)?;
    definitions::manage::begin_with(conn, id, new.preset)?;
    // A token that names an earlier entry belongs to another organization, which had this id in
    // a time that the database has lost.
    let needed = Needed::in_passing(now);
    let entry = feed::append(conn, id, Fact::OrganizationCreated, now, needed)?;
    store::set_created_seq(conn, id, entry.seq)?;
    let event = Event::of(origin, Action::OrganizationCreated, now, id)
        .target(format!("organization:{id}"));
    audit::record(conn, &event)?;
    Ok((id, vec![entry]))
}

/// Returns whether there is an organization with this id.
///
/// # Errors
/// Returns the errors of the database.
pub fn exists(conn: &mut Conn, id: OrganizationId) -> Result<bool> {
    Ok(store::find(conn, id)?.is_some())
}

/// Returns at most `limit` organizations whose id is greater than `after`, ordered by id.
///
/// # Errors
/// Returns the errors of the database.
pub fn list(db: &Db, after: OrganizationId, limit: i64) -> Result<Vec<Organization>> {
    db.read_blocking(|conn| store::all(conn, after, limit))
}

/// Suspends an organization and revokes all its tokens, in one transaction. Returns once both are
/// in force on every node.
///
/// # Errors
/// Returns the [`ManageError`].
pub fn suspend(
    db: &Db,
    id: OrganizationId,
    origin: &Origin,
    now: Timestamp,
) -> std::result::Result<Option<Receipt>, ManageError> {
    let ((), receipt) = revocation::commit_from_cli(db, |conn| {
        let entry = write_suspension(conn, id, origin, now)?;
        Ok::<_, ManageError>(((), vec![entry]))
    })?;
    Ok(receipt)
}

pub(super) fn write_suspension(
    conn: &mut Conn,
    id: OrganizationId,
    origin: &Origin,
    now: Timestamp,
) -> std::result::Result<Entry, ManageError> {
    if !store::set_status(conn, id, OrganizationStatus::Suspended, now)? {
        return Err(ManageError::Unknown);
    }
    write_end(conn, id, Action::OrganizationSuspended, origin, now)
}

/// Writes the entry that ends everything of an organization.
fn write_end(
    conn: &mut Conn,
    id: OrganizationId,
    action: Action,
    origin: &Origin,
    now: Timestamp,
) -> std::result::Result<Entry, ManageError> {
    let event = Event::of(origin, action, now, id).target(format!("organization:{id}"));
    revocation::end_grants(conn, id, GrantsOf::Organization, now)?;
    Ok(revocation::write(
        conn,
        id,
        Target::Organization,
        now,
        event,
    )?)
}

/// Revokes every token of an organization that was issued so far. Returns once the revocation is in
/// force on every node. The organization may log in again at once.
///
/// # Errors
/// Returns the [`ManageError`].
pub fn revoke_all(
    db: &Db,
    id: OrganizationId,
    origin: &Origin,
    now: Timestamp,
) -> std::result::Result<Option<Receipt>, ManageError> {
    let ((), receipt) = revocation::commit_from_cli(db, |conn| {
        let entry = write_revocation(conn, id, origin, now)?;
        Ok::<_, ManageError>(((), vec![entry]))
    })?;
    Ok(receipt)
}

pub(super) fn write_revocation(
    conn: &mut Conn,
    id: OrganizationId,
    origin: &Origin,
    now: Timestamp,
) -> std::result::Result<Entry, ManageError> {
    if !exists(conn, id)? {
        return Err(ManageError::Unknown);
    }
    write_end(conn, id, Action::OrganizationTokensRevoked, origin, now)
}

/// Lets a suspended organization log in again. Its revoked tokens stay revoked.
///
/// # Errors
/// Returns the [`ManageError`].
pub fn resume(
    db: &Db,
    id: OrganizationId,
    origin: &Origin,
    now: Timestamp,
) -> std::result::Result<(), ManageError> {
    db.write_blocking(|conn| write_resumption(conn, id, origin, now))?;
    Ok(())
}

pub(super) fn write_resumption(
    conn: &mut Conn,
    id: OrganizationId,
    origin: &Origin,
    now: Timestamp,
) -> std::result::Result<Entry, ManageError> {
    if !store::set_status(conn, id, OrganizationStatus::Active, now)? {
        return Err(ManageError::Unknown);
    }
    let event = Event::of(origin, Action::OrganizationResumed, now, id)
        .target(format!("organization:{id}"));
    audit::record(conn, &event)?;
    let (fact, needed) = (Fact::Changed(Record::Organization), Needed::in_passing(now));
    Ok(feed::append(conn, id, fact, now, needed)?)
}

/// Changes the login of an organization. Its password and its tokens stay.
///
/// # Errors
/// Returns the [`ManageError`].
pub fn set_login(
    db: &Db,
    id: OrganizationId,
    login: &str,
    origin: &Origin,
    now: Timestamp,
) -> std::result::Result<(), ManageError> {
    let key = LoginKey::of_new(login).ok_or(ManageError::Login)?;
    db.write_blocking(|conn| {
        if !credentials::set_login(conn, id, login, &key, now)? {
            return Err(ManageError::Unknown);
        }
        let event =
            Event::of(origin, Action::LoginSet, now, id).target(format!("organization:{id}"));
        Ok(audit::record(conn, &event)?)
    })
}

/// Sets the password of an organization. Tokens that were issued for the old password stay valid:
/// revoke them if the old password was stolen.
///
/// # Errors
/// Returns the [`ManageError`].
pub fn set_password(
    db: &Db,
    id: OrganizationId,
    password: &Password,
    cost: u32,
    origin: &Origin,
    now: Timestamp,
) -> std::result::Result<(), ManageError> {
    let hash = password.hash(cost).map_err(ManageError::Hash)?;
    db.write_blocking(|conn| write_password(conn, id, &hash, origin, now))
}

/// Stores the hash of an organization's new password, in the caller's transaction. The tokens that it
/// has stay valid; the console sessions of its own account end.
///
/// # Errors
/// Returns the [`ManageError`].
pub fn write_password(
    conn: &mut Conn,
    id: OrganizationId,
    hash: &str,
    origin: &Origin,
    now: Timestamp,
) -> std::result::Result<(), ManageError> {
    if !credentials::set_password_hash(conn, id, hash, now)? {
        return Err(ManageError::Unknown);
    }
    let event =
        Event::of(origin, Action::PasswordSet, now, id).target(format!("organization:{id}"));
    Ok(audit::record(conn, &event)?)
}
