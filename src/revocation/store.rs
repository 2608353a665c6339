//! Queries for what an entry names by a number, and for the grants that end with what is revoked.

use std::collections::HashMap;

use diesel::prelude::*;

use crate::base::{ClientId, ClientTag, OperatorId, OrganizationId, Timestamp};
use crate::db::schema::{clients, consents, grants};
use crate::db::{Conn, Result};

/// Returns the ids of an organization's clients that entries name by these numbers.
pub(super) fn client_ids(
    conn: &mut Conn,
    organization: OrganizationId,
    tags: &[ClientTag],
) -> Result<HashMap<ClientTag, ClientId>> {
    if tags.is_empty() {
        return Ok(HashMap::new());
    }
    let found: Vec<(ClientTag, ClientId)> = clients::table
        .filter(clients::organization_id.eq(organization))
        .filter(clients::tag.eq_any(tags))
        .select((clients::tag, clients::id))
        .load(conn)?;
    Ok(found.into_iter().collect())
}

/// The grants of an organization that end together.
#[derive(Debug, Clone, Copy)]
pub enum GrantsOf<'a> {
    /// Those of a client.
    Client(&'a ClientId),
    /// Those of operators.
    Operators(&'a [OperatorId]),
    /// All of them.
    Organization,
}

/// Marks grants as ended, and forgets what the operators allowed the clients. The caller writes the
/// entry that revokes the tokens in the same transaction, after this: the entry blocks every other
/// writer of the feed.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn end_grants(
    conn: &mut Conn,
    organization: OrganizationId,
    of: GrantsOf<'_>,
    now: Timestamp,
) -> Result<()> {
    let mut ended = diesel::update(grants::table)
        .set(grants::ended_at.eq(now))
        .into_boxed()
        .filter(grants::organization_id.eq(organization))
        .filter(grants::ended_at.is_null());
    let mut forgotten = diesel::delete(consents::table)
        .into_boxed()
        .filter(consents::organization_id.eq(organization));
    match of {
        GrantsOf::Client(client) => {
            ended = ended.filter(grants::client_id.eq(client));
            forgotten = forgotten.filter(consents::client_id.eq(client));
        }
        GrantsOf::Operators([]) => return Ok(()),
        GrantsOf::Operators(operators) => {
            ended = ended.filter(grants::operator_id.eq_any(operators));
            forgotten = forgotten.filter(consents::operator_id.eq_any(operators));
        }
        GrantsOf::Organization => {}
    }
    ended.execute(conn)?;
    forgotten.execute(conn)?;
    Ok(())
}
