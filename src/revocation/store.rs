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
    let mut ids = HashMap::new();
    for tag in tags {
        let id: Option<ClientId> = clients::table
            .filter(clients::organization_id.eq(organization))
            .filter(clients::tag.eq(tag))
            .select(clients::id)
            .first(conn)
            .optional()?;
        ids.extend(id.map(|id| (*tag, id)));
    }
    Ok(ids)
}
