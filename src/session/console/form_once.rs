//! Forms that make something work once, however often they are sent, on whichever nodes.

use crate::base::{Digest, OrganizationId, Timestamp};
use crate::db::{Conn, Result};
use crate::session::store;

/// Whether a form is sent for the first time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// It is sent for the first time.
    First,
    /// It was sent before, and made this. `None` if what it made is not known.
    Again(Option<String>),
}

/// Marks a form as sent, in the transaction that makes something for it. `once` is the text of its
/// field of that name. Of several callers with one form, on whichever nodes, one gets
/// [`Claim::First`].
///
/// # Errors
/// Returns the errors of the database.
pub fn claim(
    conn: &mut Conn,
    organization: OrganizationId,
    once: &str,
    now: Timestamp,
) -> Result<Claim> {
    let digest = Digest::of(once);
    if store::console::claim_form(conn, organization, digest, now)? {
        return Ok(Claim::First);
    }
    let made = store::console::made_by_form(conn, organization, digest)?;
    Ok(Claim::Again(made))
}

/// Stores what a form has made.
///
/// # Errors
/// Returns the errors of the database.
pub fn made(conn: &mut Conn, organization: OrganizationId, once: &str, what: &str) -> Result<()> {
    store::console::set_made(conn, organization, Digest::of(once), what)
}
