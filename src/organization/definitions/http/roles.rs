//! `GET /api/v1/roles`, `GET, PUT, DELETE …/{name}`.

use actix_web::HttpResponse;
use actix_web::http::header::LOCATION;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{name, read};
use crate::access::{Role, Scope};
use crate::http::{ApiError, Call, ErrorBody, Json, JsonBody, Manager, PageOf};
use crate::organization::definitions::manage;
use crate::revocation;
use crate::revocation::http::add_receipt;

const ROLES: &str = "/api/v1/roles";
const ROLE: &str = "/api/v1/roles/{name}";

/// A role.
#[derive(Serialize, ToSchema)]
#[schema(as = Role)]
pub(super) struct RoleView {
    name: String,
    /// What an operator who has the role may do.
    scopes: Vec<String>,
    description: Option<String>,
}

impl RoleView {
    fn new(name: String, role: Role) -> Self {
        let scopes = role.scopes.iter();
        Self {
            name,
            scopes: scopes.map(|scope| scope.as_str().to_owned()).collect(),
            description: role.description,
        }
    }
}

/// Returns the roles that the organization has, those that always exist too, ordered by name.
#[utoipa::path(get, path = ROLES, tag = "Scopes and roles", operation_id = "list_roles",
    params(("limit" = Option<i64>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = PageOf<RoleView>)))]
pub(super) async fn roles(call: Call<Manager>) -> Result<HttpResponse, ApiError> {
    let (limit, after) = {
        let query = call.query(&["limit", "cursor"])?;
        (query.limit()?, query.cursor::<Scope>()?)
    };
    let defined = read(&call, call.who.0.organization).await?;
    let found: Vec<_> = defined
        .roles
        .iter()
        .filter(|(name, _)| after.as_ref().is_none_or(|after| *name > after.as_str()))
        .map(|(name, role)| (name.to_owned(), role.clone()))
        .collect();
    Ok(HttpResponse::Ok().json(PageOf::of(
        found,
        limit,
        |(name, _)| name.clone(),
        |(name, role)| RoleView::new(name, role),
    )))
}

/// Returns a role.
#[utoipa::path(get, path = ROLE, tag = "Scopes and roles", operation_id = "get_role",
    params(("name" = String, Path)), responses((status = 200, body = RoleView)))]
pub(super) async fn role(call: Call<Manager>) -> Result<HttpResponse, ApiError> {
    let name = name(&call)?;
    let defined = read(&call, call.who.0.organization).await?;
    let role = defined.roles.get(Some(&name)).cloned();
    let role = role.ok_or_else(ApiError::not_found)?;
    Ok(HttpResponse::Ok().json(RoleView::new(name, role)))
}

/// The members of a role.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct RoleMembers {
    /// What an operator who has the role may do: defined scopes of the organization, and those of
    /// OpenID Connect.
    scopes: Vec<String>,
    /// For the people who give the role to somebody; at most 500 characters.
    #[serde(default)]
    description: Option<String>,
}

impl JsonBody for RoleMembers {}

/// Defines a role, or changes it. A change of a role is in force on every node when this answers.
#[utoipa::path(put, path = ROLE, tag = "Scopes and roles", operation_id = "set_role",
    params(("name" = String, Path)), request_body = RoleMembers,
    responses((status = 200, body = RoleView), (status = 201, body = RoleView),
        (status = 409, description = "The role always exists", body = ErrorBody)))]
pub(super) async fn set_role(
    call: Call<Manager, Json<RoleMembers>>,
) -> Result<HttpResponse, ApiError> {
    let (origin, now) = (call.origin(), call.app.clock.now());
    let (organization, name) = (call.who.0.organization, name(&call)?);
    let RoleMembers {
        scopes,
        description,
    } = call.body.0;
    let asked = name.clone();
    let (db, feed) = (&call.app.db, call.app.nodes.feed.clone());
    let ((set, role), written) = revocation::commit_here(db, feed.clone(), move |conn| {
        let wanted = (scopes.as_slice(), description.as_deref());
        manage::set_role(conn, organization, &asked, wanted, &origin, now)
    })
    .await?;
    if set.is_new {
        let place = format!("{ROLES}/{name}");
        return Ok(HttpResponse::Created()
            .insert_header((LOCATION, place))
            .json(RoleView::new(name, role)));
    }
    let done = revocation::settle(db, &feed, written).await?;
    let mut answer = HttpResponse::Ok();
    add_receipt(&mut answer, &done);
    Ok(answer.json(RoleView::new(name, role)))
}

/// Removes a role.
#[utoipa::path(delete, path = ROLE, tag = "Scopes and roles", operation_id = "remove_role",
    params(("name" = String, Path)), responses((status = 204),
        (status = 409, description = "An operator has the role, or it always exists", body = ErrorBody)))]
pub(super) async fn remove_role(call: Call<Manager>) -> Result<HttpResponse, ApiError> {
    let (origin, now) = (call.origin(), call.app.clock.now());
    let (organization, name) = (call.who.0.organization, name(&call)?);
    revocation::commit_here(&call.app.db, call.app.nodes.feed.clone(), move |conn| {
        manage::remove_role(conn, organization, &name, &origin, now)
    })
    .await?;
    Ok(HttpResponse::NoContent().finish())
}
