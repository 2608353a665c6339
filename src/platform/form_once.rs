//! Forms of the platform that make something work once, however often they are sent, on whichever
//! nodes.

use super::store;
use crate::base::{Digest, Timestamp};
use crate::db::{Conn, Result};
pub use crate::session::console::Claim;

/// Marks a form as sent, in the transaction that makes something for it. `once` is the text of its
/// field of that name. Of several callers with one form, on whichever nodes, one gets
/// [`Claim::First`].
///
/// # Errors
/// Returns the errors of the database.
pub fn claim(conn: &mut Conn, once: &str, now: Timestamp) -> Result<Claim> {
    let digest = Digest::of(once);
    if store::claim_form(conn, digest, now)? {
        return Ok(Claim::First);
    }
    store::made_by_form(conn, digest).map(Claim::Again)
}

/// Stores what a form has made.
///
/// # Errors
/// Returns the errors of the database.
pub fn made(conn: &mut Conn, once: &str, what: &str) -> Result<()> {
    store::set_made(conn, Digest::of(once), what)
}

/// Gives a form its turn back, because it made nothing.
///
/// # Errors
/// Returns the errors of the database.
pub fn forget(conn: &mut Conn, once: &str) -> Result<()> {
    store::forget_form(conn, Digest::of(once))
}
