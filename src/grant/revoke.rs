//! Revoking one grant.

use super::store;
use crate::audit::{Action, Event, Origin};
use crate::base::{GrantId, OrganizationId, Timestamp};
use crate::db::{Conn, Result};
use crate::feed::{Entry, Target};
use crate::revocation;

/// Ends a grant and revokes every token of it, in the caller's transaction. With the last grant of
/// an operator and a client, their consent is forgotten. Returns the entry, for
/// [`revocation::commit`] or [`revocation::enforce`]. Returns `None` if the grant has ended already,
/// or the organization has no such grant.
///
/// # Errors
/// Returns the errors of the database.
pub fn end(
    conn: &mut Conn,
    organization: OrganizationId,
    grant: GrantId,
    action: Action,
    origin: &Origin,
    now: Timestamp,
) -> Result<Option<Entry>> {
    if !store::end_grant(conn, organization, grant, now)? {
        return Ok(None);
    }
    let event = Event::of(origin, action, now, organization).target(format!("grant:{grant}"));
    let entry = revocation::write(conn, organization, Target::Grant(grant), now, event)?;
    // After the entry, which blocks other writers of the feed: if the last two grants end at once,
    // the second transaction sees that the first grant has ended.
    if let Some(ended) = store::find_grant(conn, organization, grant)? {
        let (client, operator) = (&ended.client, ended.operator);
        store::forget_consent_without_grant(conn, organization, client, operator)?;
    }
    Ok(Some(entry))
}
