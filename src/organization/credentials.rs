//! The login and the password of an organization.

mod store;

use super::{Organization, OrganizationStatus};
use crate::audit::Action;
use crate::base::{OrganizationId, Sequence, Timestamp};
use crate::db::{Conn, Db, Result};
use crate::login::{Account, LoginKey, Named, Subject};

/// An organization with the hash of its password. Only logging in uses it.
#[derive(Debug)]
pub struct Credentials {
    /// The organization.
    pub organization: Organization,
    password_hash: String,
    /// When the password was set. `None` if that was before it was recorded.
    pub password_set_at: Option<Timestamp>,
    /// The entry of the feed that created the organization.
    created_seq: Sequence,
}

impl Account for Credentials {
    type Name = LoginKey;

    const REFUSED: Action = Action::LoginFailed;

    fn find(conn: &mut Conn, name: &LoginKey) -> Result<Named<Self>> {
        Ok(store::by_login(conn, &name.fold, &name.lower)?.into())
    }

    fn subject(&self) -> Subject {
        Subject::Organization(self.organization.id)
    }

    fn created_seq(&self) -> Sequence {
        self.created_seq
    }

    fn password_hash(&self) -> &str {
        &self.password_hash
    }

    fn may_log_in(&self) -> bool {
        self.organization.status == OrganizationStatus::Active
    }

    fn replace_password_hash(&self, conn: &mut Conn, new: &str) -> Result<()> {
        store::replace_password_hash(conn, self.organization.id, &self.password_hash, new)
    }
}

/// Returns the cost of the most expensive password hash that is stored; `None` if there is none.
///
/// # Errors
/// Returns the errors of the database.
pub fn highest_cost(db: &Db) -> Result<Option<u32>> {
    db.read_blocking(store::highest_cost)
}

/// Returns whether an organization has this login.
///
/// # Errors
/// Returns the errors of the database.
pub fn has_login(conn: &mut Conn, login: &LoginKey) -> Result<bool> {
    Ok(store::by_login(conn, &login.fold, &login.lower)?.is_some())
}

/// Changes the login. Returns whether the organization exists.
pub(super) fn set_login(
    conn: &mut Conn,
    id: OrganizationId,
    login: &str,
    key: &LoginKey,
    now: Timestamp,
) -> Result<bool> {
    store::set_login(conn, id, login, (&key.fold, &key.lower), now)
}

/// Changes the hash of the password. Returns whether the organization exists.
pub(super) fn set_password_hash(
    conn: &mut Conn,
    id: OrganizationId,
    hash: &str,
    now: Timestamp,
) -> Result<bool> {
    store::set_password_hash(conn, id, hash, now)
}
