//! The trait of accounts that can log in.

use super::Subject;
use crate::audit::Action;
use crate::base::{OrganizationId, Sequence};
use crate::db::{Conn, Result};

/// What a name stands for.
#[derive(Debug)]
pub struct Named<A> {
    /// The organization that the name belongs to, whether or not it has such an account. `None` if
    /// there is no such organization.
    pub organization: Option<OrganizationId>,
    /// The account. `None` if there is none.
    pub account: Option<A>,
}

impl<A: Account> From<Option<A>> for Named<A> {
    fn from(account: Option<A>) -> Self {
        Self {
            organization: account.as_ref().map(|found| found.subject().organization()),
            account,
        }
    }
}

/// An account with a login and a password. [`check`](super::check()) uses it.
pub trait Account: Sized + Send + 'static {
    /// The name that finds an account.
    type Name: Clone + Send + 'static;

    /// What the audit log calls a refusal.
    const REFUSED: Action;

    /// Returns what a name stands for.
    ///
    /// # Errors
    /// Returns the errors of the database.
    fn find(conn: &mut Conn, name: &Self::Name) -> Result<Named<Self>>;

    /// Returns the subject that logs in with this account.
    fn subject(&self) -> Subject;

    /// Returns the sequence of the entry that created the account. Whatever is issued to the
    /// account must have a `rev` of at least this sequence.
    fn created_seq(&self) -> Sequence;

    /// Returns the hash of the password.
    fn password_hash(&self) -> &str;

    /// Returns whether the account may log in. If not, the right password is refused like a wrong
    /// one.
    fn may_log_in(&self) -> bool;

    /// Stores a new hash of the same password, unless the password was changed since the account
    /// was found.
    ///
    /// # Errors
    /// Returns the errors of the database.
    fn replace_password_hash(&self, conn: &mut Conn, new: &str) -> Result<()>;
}
