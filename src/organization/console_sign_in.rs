//! Who may sign in to the console: anyone with the organization's own login as well, or its operators
//! only. The organization's password is also in the configuration of its programs, and has no second
//! factor.
//!
//! The law: while it is `operators`, a company token makes no operator an admin or an auditor, and
//! changes nothing of one ([`crate::operator`]). So the organization's password, or a token that was
//! issued for it, does not open the console.

pub(super) mod store;

use super::{Organization, ProfileError};
use crate::base::OrganizationId;
use crate::base::words::words;
use crate::db::{Conn, Records, serialize_within};

words! {
    /// Who may sign in to the console.
    pub enum ConsoleSignIn {
        /// The organization with its own login, and its operators.
        Anyone = "anyone",
        /// Its operators only. The organization's own login opens the API.
        Operators = "operators",
    }
}

/// Takes the lock under which the setting is changed, before any other lock. A transaction in which a
/// company token changes an operator holds it too.
pub(super) fn lock(conn: &mut Conn, organization: OrganizationId) -> crate::db::Result<()> {
    serialize_within(conn, Records::Operators, organization)
}

/// Checks a change of the setting, and ends the console sessions of the organization's own account.
pub(super) fn change(
    conn: &mut Conn,
    before: &Organization,
    after: &Organization,
) -> Result<(), ProfileError> {
    if after.console_sign_in == before.console_sign_in {
        return Ok(());
    }
    if after.console_sign_in == ConsoleSignIn::Operators
        && !store::has_admin_with_factor(conn, after.id)?
    {
        return Err(ProfileError::NoAdminWithFactor);
    }
    // With both values: a sign-in that was under way when the own login was shut out may have stored
    // its session after that. Such a session is not valid, and it must not become so.
    store::end_own_sessions(conn, after.id)?;
    Ok(())
}
