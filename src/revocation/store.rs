//! Queries for what an entry names by a number.

use std::collections::HashMap;

use diesel::prelude::*;

use crate::base::{ClientId, ClientTag, OrganizationId};
use crate::db::schema::clients;
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
