//! Queries for the networks from which each subject has logged in.

use std::net::IpAddr;

use diesel::prelude::*;

use super::Subject;
use crate::base::{OperatorId, OrganizationId, PlatformAdminId, Timestamp};
use crate::db::schema::{login_addresses, operator_addresses, platform_addresses};
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
    let network = network.to_string();
    let row = match subject {
        Some(Subject::Operator(organization, operator)) => operator_addresses::table
            .find((organization, operator, network))
            .select(operator_addresses::last_at)
            .get_result::<Timestamp>(conn)
            .optional()?,
        Some(Subject::PlatformAdmin(admin)) => platform_addresses::table
            .find((admin, network))
            .select(platform_addresses::last_at)
            .get_result::<Timestamp>(conn)
            .optional()?,
        other => login_addresses::table
            .find((
                other.map_or(OrganizationId(0), Subject::organization),
                network,
            ))
            .select(login_addresses::last_at)
            .get_result::<Timestamp>(conn)
            .optional()?,
    };
    Ok(row.is_some())
}

/// Stores that a subject logged in from a network.
pub(super) fn note_network(
    conn: &mut Conn,
    subject: Subject,
    network: IpAddr,
    now: Timestamp,
) -> Result<()> {
    let organization = match subject {
        Subject::Organization(organization) => organization,
        Subject::Operator(organization, operator) => {
            return note_network_of_operator(conn, organization, operator, network, now);
        }
        Subject::PlatformAdmin(admin) => {
            return note_network_of_platform_admin(conn, admin, network, now);
        }
    };
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

fn note_network_of_operator(
    conn: &mut Conn,
    organization: OrganizationId,
    operator: OperatorId,
    network: IpAddr,
    now: Timestamp,
) -> Result<()> {
    let row = (
        operator_addresses::organization_id.eq(organization),
        operator_addresses::operator_id.eq(operator),
        operator_addresses::network.eq(network.to_string()),
        operator_addresses::last_at.eq(now),
    );
    on_backend!(conn, c => diesel::insert_into(operator_addresses::table)
        .values(row)
        .on_conflict((
            operator_addresses::organization_id,
            operator_addresses::operator_id,
            operator_addresses::network,
        ))
        .do_update()
        .set(operator_addresses::last_at.eq(now))
        .execute(c))?;
    Ok(())
}

fn note_network_of_platform_admin(
    conn: &mut Conn,
    admin: PlatformAdminId,
    network: IpAddr,
    now: Timestamp,
) -> Result<()> {
    let row = (
        platform_addresses::admin_id.eq(admin),
        platform_addresses::network.eq(network.to_string()),
        platform_addresses::last_at.eq(now),
    );
    on_backend!(conn, c => diesel::insert_into(platform_addresses::table)
        .values(row)
        .on_conflict((platform_addresses::admin_id, platform_addresses::network))
        .do_update()
        .set(platform_addresses::last_at.eq(now))
        .execute(c))?;
    Ok(())
}

/// Deletes at most `limit` networks of admins of the platform, like [`forget_networks`].
pub(super) fn forget_networks_of_platform_admins(
    conn: &mut Conn,
    horizon: Timestamp,
    limit: i64,
) -> Result<usize> {
    let old: Vec<(PlatformAdminId, String)> = platform_addresses::table
        .filter(platform_addresses::last_at.lt(horizon))
        .order(platform_addresses::last_at)
        .limit(limit)
        .select((platform_addresses::admin_id, platform_addresses::network))
        .load(conn)?;
    for (admin, network) in &old {
        let row = platform_addresses::table
            .find((admin, network))
            .filter(platform_addresses::last_at.lt(horizon));
        diesel::delete(row).execute(conn)?;
    }
    Ok(old.len())
}

/// Deletes at most `limit` networks of operators, like [`forget_networks`].
pub(super) fn forget_networks_of_operators(
    conn: &mut Conn,
    horizon: Timestamp,
    limit: i64,
) -> Result<usize> {
    let old: Vec<(OrganizationId, OperatorId, String)> = operator_addresses::table
        .filter(operator_addresses::last_at.lt(horizon))
        .order(operator_addresses::last_at)
        .limit(limit)
        .select((
            operator_addresses::organization_id,
            operator_addresses::operator_id,
            operator_addresses::network,
        ))
        .load(conn)?;
    for key in &old {
        let (organization, operator, network) = key;
        let row = operator_addresses::table
            .find((organization, operator, network))
            .filter(operator_addresses::last_at.lt(horizon));
        diesel::delete(row).execute(conn)?;
    }
    Ok(old.len())
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
