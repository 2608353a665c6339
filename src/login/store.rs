//! Queries for the networks from which each subject has logged in.

use std::net::IpAddr;

use diesel::prelude::*;

use super::Subject;
use crate::base::{OrganizationId, Timestamp};
use crate::db::schema::login_addresses;
use crate::db::{Conn, Result};
use crate::on_backend;

/// Returns whether a subject has logged in from a network before. For a `subject` of `None` it
/// returns `false`, after a query that takes the same time.
pub(super) fn was_in_from(
    conn: &mut Conn,
    subject: Option<Subject>,
    network: Option<IpAddr>,
) -> Result<bool> {
    let Some(network) = network else {
        return Ok(false);
    };
    let organization = subject.map_or(OrganizationId(0), |subject| match subject {
        Subject::Organization(id) => id,
    });
    let row = login_addresses::table
        .find((organization, network.to_string()))
        .select(login_addresses::last_at)
        .get_result::<Timestamp>(conn)
        .optional()?;
    Ok(row.is_some())
}

/// Stores that a subject logged in from a network.
pub(super) fn note_network(
    conn: &mut Conn,
    subject: Subject,
    network: IpAddr,
    now: Timestamp,
) -> Result<()> {
    let Subject::Organization(organization) = subject;
    let row = (
        login_addresses::organization_id.eq(organization),
        login_addresses::network.eq(network.to_string()),
        login_addresses::last_at.eq(now),
    );
    on_backend!(conn, c => diesel::insert_into(login_addresses::table)
        .values(row)
        .on_conflict((login_addresses::organization_id, login_addresses::network))
        .do_update()
        .set(login_addresses::last_at.eq(now))
        .execute(c))?;
    Ok(())
}

/// Deletes at most `limit` networks from which nobody has logged in since `horizon`. Returns the
/// number of deleted networks.
pub(super) fn forget_networks(conn: &mut Conn, horizon: Timestamp, limit: i64) -> Result<usize> {
    let old: Vec<(OrganizationId, String)> = login_addresses::table
        .filter(login_addresses::last_at.lt(horizon))
        .order(login_addresses::last_at)
        .limit(limit)
        .select((login_addresses::organization_id, login_addresses::network))
        .load(conn)?;
    for (organization, network) in &old {
        let row = login_addresses::table
            .find((organization, network))
            .filter(login_addresses::last_at.lt(horizon));
        diesel::delete(row).execute(conn)?;
    }
    Ok(old.len())
}
