//! Queries for scopes, roles and resources.

use std::collections::HashMap;

use diesel::dsl::{count_star, exists};
use diesel::prelude::*;
use serde::Deserialize;

use super::{Definitions, Resource};
use crate::access::{Role, Roles, ScopeSet};
use crate::base::{ApiKeyId, OperatorId, OrganizationId, Timestamp};
use crate::db::schema::{api_keys, clients, operators, organizations, resources, roles, scopes};
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

/// Returns an operator that has a role and is not deleted; `None` if there is none.
pub(super) fn operator_with_role(
    conn: &mut Conn,
    id: OrganizationId,
    role: &str,
) -> Result<Option<OperatorId>> {
    Ok(operators::table
        .filter(operators::organization_id.eq(id))
        .filter(operators::role.eq(role))
        .filter(operators::status.ne("deleted"))
        .order(operators::id)
        .select(operators::id)
        .first(conn)
        .optional()?)
}

/// Who has a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RoleUse {
    /// The number of operators that have it and are not deleted.
    pub operators: i64,
    /// The number of API keys that have it and are not revoked.
    pub keys: i64,
}

impl RoleUse {
    /// Whether something has the role.
    #[must_use]
    pub const fn is_used(self) -> bool {
        self.operators > 0 || self.keys > 0
    }
}

/// Returns who has each role, by its name. Roles that nothing has are left out.
///
/// # Errors
/// Returns the errors of the database.
pub fn role_uses(conn: &mut Conn, id: OrganizationId) -> Result<HashMap<String, RoleUse>> {
    let of_operators: Vec<(Option<String>, i64)> = operators::table
        .filter(operators::organization_id.eq(id))
        .filter(operators::role.is_not_null())
        .filter(operators::status.ne("deleted"))
        .group_by(operators::role)
        .select((operators::role, count_star()))
        .load(conn)?;
    let of_keys: Vec<(Option<String>, i64)> = api_keys::table
        .filter(api_keys::organization_id.eq(id))
        .filter(api_keys::role.is_not_null())
        .filter(api_keys::status.ne("revoked"))
        .group_by(api_keys::role)
        .select((api_keys::role, count_star()))
        .load(conn)?;
    let mut uses: HashMap<String, RoleUse> = HashMap::new();
    for (role, count) in of_operators {
        uses.entry(role.unwrap_or_default()).or_default().operators = count;
    }
    for (role, count) in of_keys {
        uses.entry(role.unwrap_or_default()).or_default().keys = count;
    }
    Ok(uses)
}

/// Returns at most `limit` operators that have a role and are not deleted.
///
/// # Errors
/// Returns the errors of the database.
pub fn operators_with_role(
    conn: &mut Conn,
    id: OrganizationId,
    role: &str,
    limit: i64,
) -> Result<Vec<OperatorId>> {
    Ok(operators::table
        .filter(operators::organization_id.eq(id))
        .filter(operators::role.eq(role))
        .filter(operators::status.ne("deleted"))
        .limit(limit)
        .select(operators::id)
        .load(conn)?)
}

/// Returns an API key that has a role and is not revoked; `None` if there is none.
pub(super) fn key_with_role(
    conn: &mut Conn,
    id: OrganizationId,
    role: &str,
) -> Result<Option<ApiKeyId>> {
    Ok(api_keys::table
        .filter(api_keys::organization_id.eq(id))
        .filter(api_keys::role.eq(role))
        .filter(api_keys::status.ne("revoked"))
        .order(api_keys::id)
        .select(api_keys::id)
        .first(conn)
        .optional()?)
}

/// Returns an API key that has a scope and is not revoked; `None` if there is none.
pub(super) fn key_with_scope(
    conn: &mut Conn,
    id: OrganizationId,
    scope: &str,
) -> Result<Option<ApiKeyId>> {
    let rows: Vec<(ApiKeyId, String)> = api_keys::table
        .filter(api_keys::organization_id.eq(id))
        .filter(api_keys::status.ne("revoked"))
        .filter(api_keys::scopes.like(format!("%{}%", scope.replace(['%', '_'], "_"))))
        .order(api_keys::id)
        .select((api_keys::id, api_keys::scopes))
        .load(conn)?;
    let has = |scopes: &str| scopes.split(' ').any(|name| name == scope);
    let mut rows = rows.into_iter();
    Ok(rows.find(|(_, scopes)| has(scopes)).map(|(id, _)| id))
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

/// What the settings of a client name of the organization's definitions.
#[derive(Deserialize)]
struct Named {
    scopes: ScopeSet,
    audience: Vec<String>,
}

/// Returns the id of a client that names a scope and is not deleted; `None` if there is none.
pub(super) fn client_with_scope(
    conn: &mut Conn,
    id: OrganizationId,
    scope: &str,
) -> Result<Option<String>> {
    client_that(conn, id, |named| named.scopes.names(scope))
}

/// Returns the id of a client that names a resource and is not deleted; `None` if there is none.
pub(super) fn client_with_audience(
    conn: &mut Conn,
    id: OrganizationId,
    uri: &str,
) -> Result<Option<String>> {
    client_that(conn, id, |named| {
        named.audience.iter().any(|own| own == uri)
    })
}

fn client_that(
    conn: &mut Conn,
    id: OrganizationId,
    names_it: impl Fn(&Named) -> bool,
) -> Result<Option<String>> {
    let rows: Vec<(String, String)> = clients::table
        .filter(clients::organization_id.eq(id))
        .filter(clients::status.ne("deleted"))
        .order(clients::id)
        .select((clients::id, clients::settings))
        .load(conn)?;
    for (client, settings) in rows {
        let named: Named = serde_json::from_str(&settings)
            .map_err(|why| Error::Internal(format!("the settings of client {client}: {why}")))?;
        if names_it(&named) {
            return Ok(Some(client));
        }
    }
    Ok(None)
}

/// Returns the number of operators of all organizations whose role is a defined one that has
/// scopes: `admin`, or one that the organization defined.
pub(super) fn with_a_role(conn: &mut Conn) -> Result<i64> {
    let defined = roles::table
        .filter(roles::organization_id.eq(operators::organization_id))
        .filter(roles::name.nullable().eq(operators::role))
        .filter(roles::scopes.ne(""));
    Ok(operators::table
        .filter(operators::status.ne("deleted"))
        .filter(operators::role.eq(Roles::ADMIN).or(exists(defined)))
        .count()
        .get_result(conn)?)
}
