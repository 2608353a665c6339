//! Queries for scopes, roles and resources. `uses.rs` finds who has one of them.

mod uses;

pub use uses::{RoleUse, operators_with_role, role_uses};
pub(super) use uses::{
    client_with_audience, client_with_scope, key_with_role, key_with_scope, operator_with_role,
    with_a_role,
};

use diesel::prelude::*;

use super::{Definitions, Resource};
use crate::access::{Role, Roles, ScopeSet};
use crate::base::{OrganizationId, Timestamp};
use crate::db::schema::{organizations, resources, roles, scopes};
use crate::db::{Conn, Error, Result};
use crate::organization::OrganizationStatus;

/// Reads a column that holds scopes, separated by spaces.
fn scope_set(text: &str) -> Result<ScopeSet> {
    ScopeSet::parse(text).map_err(|_| Error::Internal(format!("{text:?} is no list of scopes")))
}

/// Returns what an organization defined; `None` if there is no such organization.
pub(crate) fn read(conn: &mut Conn, id: OrganizationId) -> Result<Option<Definitions>> {
    let found: Option<(OrganizationStatus, bool)> = organizations::table
        .find(id)
        .select((organizations::status, organizations::cap_scopes_by_role))
        .first(conn)
        .optional()?;
    let Some((status, cap_scopes_by_role)) = found else {
        return Ok(None);
    };
    let defined: Vec<(String, Option<String>)> = scopes::table
        .filter(scopes::organization_id.eq(id))
        .select((scopes::name, scopes::description))
        .load(conn)?;
    Ok(Some(Definitions {
        status,
        cap_scopes_by_role,
        scopes: defined.into_iter().collect(),
        roles: read_roles(conn, id)?,
        resources: read_resources(conn, id)?,
    }))
}

fn read_roles(conn: &mut Conn, id: OrganizationId) -> Result<Roles> {
    let rows: Vec<(String, String, Option<String>)> = roles::table
        .filter(roles::organization_id.eq(id))
        .select((roles::name, roles::scopes, roles::description))
        .load(conn)?;
    let role = |(name, scopes, description): (String, String, Option<String>)| {
        let scopes = scope_set(&scopes)?;
        let role = Role {
            scopes,
            description,
        };
        Ok((name, role))
    };
    Ok(Roles::new(
        rows.into_iter().map(role).collect::<Result<Vec<_>>>()?,
    ))
}

fn read_resources(conn: &mut Conn, id: OrganizationId) -> Result<Vec<Resource>> {
    type Found = (i64, String, String, String, Timestamp);
    let rows: Vec<Found> = resources::table
        .filter(resources::organization_id.eq(id))
        .order(resources::id)
        .select((
            resources::id,
            resources::uri,
            resources::name,
            resources::scopes,
            resources::created_at,
        ))
        .load(conn)?;
    let resource = |(id, uri, name, scopes, created_at): Found| {
        Ok(Resource {
            id,
            uri,
            name,
            scopes: scope_set(&scopes)?,
            created_at,
        })
    };
    rows.into_iter().map(resource).collect()
}

/// Writes a scope, which is new or exists.
pub(super) fn set_scope(
    conn: &mut Conn,
    id: OrganizationId,
    (name, description): (&str, Option<&str>),
    is_new: bool,
) -> Result<()> {
    if is_new {
        diesel::insert_into(scopes::table)
            .values((
                scopes::organization_id.eq(id),
                scopes::name.eq(name),
                scopes::description.eq(description),
            ))
            .execute(conn)?;
    } else {
        diesel::update(scopes::table.find((id, name)))
            .set(scopes::description.eq(description))
            .execute(conn)?;
    }
    Ok(())
}

/// Removes a scope.
pub(super) fn remove_scope(conn: &mut Conn, id: OrganizationId, name: &str) -> Result<()> {
    diesel::delete(scopes::table.find((id, name))).execute(conn)?;
    Ok(())
}

/// Writes a role, which is new or exists.
pub(super) fn set_role(
    conn: &mut Conn,
    id: OrganizationId,
    (name, role): (&str, &Role),
    is_new: bool,
) -> Result<()> {
    let (names, description) = (role.scopes.to_string(), role.description.as_deref());
    if is_new {
        diesel::insert_into(roles::table)
            .values((
                roles::organization_id.eq(id),
                roles::name.eq(name),
                roles::scopes.eq(names),
                roles::description.eq(description),
            ))
            .execute(conn)?;
    } else {
        diesel::update(roles::table.find((id, name)))
            .set((roles::scopes.eq(names), roles::description.eq(description)))
            .execute(conn)?;
    }
    Ok(())
}

/// Removes a role.
pub(super) fn remove_role(conn: &mut Conn, id: OrganizationId, name: &str) -> Result<()> {
    diesel::delete(roles::table.find((id, name))).execute(conn)?;
    Ok(())
}

/// Writes a new resource.
pub(super) fn insert_resource(
    conn: &mut Conn,
    id: OrganizationId,
    resource: &Resource,
) -> Result<()> {
    diesel::insert_into(resources::table)
        .values((
            resources::organization_id.eq(id),
            resources::id.eq(resource.id),
            resources::uri.eq(&resource.uri),
            resources::name.eq(&resource.name),
            resources::scopes.eq(resource.scopes.to_string()),
            resources::created_at.eq(resource.created_at),
        ))
        .execute(conn)?;
    Ok(())
}

/// Removes a resource.
pub(super) fn remove_resource(conn: &mut Conn, id: OrganizationId, resource: i64) -> Result<()> {
    diesel::delete(resources::table.find((id, resource))).execute(conn)?;
    Ok(())
}
