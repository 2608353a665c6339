//! What logging in needs of an account.

use super::Subject;
use crate::base::Sequence;
use crate::db::{Conn, Result};

/// A record with a login and a password, as [`check`](super::check()) uses it.
pub trait Account: Sized + Send + 'static {
    /// The name that finds an account.
    type Name: Clone + Send + 'static;

    /// Returns the account with a name; `None` if there is none.
    ///
    /// # Errors
    /// Returns the errors of the database.
    fn find(conn: &mut Conn, name: &Self::Name) -> Result<Option<Self>>;

    /// Who logs in with it.
    fn subject(&self) -> Subject;

    /// The entry of the feed that created it: whatever is issued to the account must have a `rev` of at
    /// least that.
    fn created_seq(&self) -> Sequence;

    /// The hash of its password.
    fn password_hash(&self) -> &str;

    /// Whether it may log in. If not, the right password is refused as a wrong one is.
    fn may_log_in(&self) -> bool;

    /// Stores a new hash of the same password, unless the password was changed since the account was
    /// found.
    ///
    /// # Errors
    /// Returns the errors of the database.
    fn replace_password_hash(&self, conn: &mut Conn, new: &str) -> Result<()>;
}
