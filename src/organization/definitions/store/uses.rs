//! Who has a role, a scope or a resource: it cannot be removed as long as somebody has it.

use std::collections::HashMap;

use diesel::dsl::{count_star, exists};
use diesel::prelude::*;
use serde::Deserialize;

use crate::access::{Roles, ScopeSet};
use crate::base::{ApiKeyId, OperatorId, OrganizationId};
use crate::db::schema::{api_keys, clients, operators, roles};
use crate::db::{Conn, Error, Result};

/// Returns an operator that has a role and is not deleted; `None` if there is none.
pub(in crate::organization::definitions) fn operator_with_role(
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
pub(in crate::organization::definitions) fn key_with_role(
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
pub(in crate::organization::definitions) fn key_with_scope(
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

/// What the settings of a client name of the organization's definitions.
#[derive(Deserialize)]
struct Named {
    scopes: ScopeSet,
    audience: Vec<String>,
}

/// Returns the id of a client that names a scope and is not deleted; `None` if there is none.
pub(in crate::organization::definitions) fn client_with_scope(
    conn: &mut Conn,
    id: OrganizationId,
    scope: &str,
) -> Result<Option<String>> {
    client_that(conn, id, |named| named.scopes.names(scope))
}

/// Returns the id of a client that names a resource and is not deleted; `None` if there is none.
pub(in crate::organization::definitions) fn client_with_audience(
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
pub(in crate::organization::definitions) fn with_a_role(conn: &mut Conn) -> Result<i64> {
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
