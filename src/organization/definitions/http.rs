//! `/api/v1/scopes…`, `/api/v1/roles…`, and `/api/company/resources…`.

use actix_web::HttpResponse;
use actix_web::http::header::LOCATION;
use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::manage::{self, DefineError, NewResource};
use super::{Definitions, Resource};
use crate::access::{Preset, Role};
use crate::base::{OrganizationId, Timestamp};
use crate::client::registration::is_resource_uri;
use crate::http::json_member::given;
use crate::http::{
    ApiError, Call, Company, Credential, ErrorBody, Json, JsonBody, Manager, OptionalJson, PageOf,
    Routes, Surface, endpoints,
};
use crate::revocation;
use crate::revocation::http::add_receipt;

const SCOPES: &str = "/api/v1/scopes";
const SCOPE: &str = "/api/v1/scopes/{name}";
const ROLES: &str = "/api/v1/roles";
const ROLE: &str = "/api/v1/roles/{name}";
const RESOURCES: &str = "/api/company/resources";
const RESOURCE: &str = "/api/company/resources/{id}";

/// The routes.
#[must_use]
pub fn routes() -> Routes {
    Routes::new(
        Surface::Flat,
        endpoints![
            scopes,
            set_scope,
            remove_scope,
            roles,
            role,
            set_role,
            remove_role,
            resources,
            add_resource,
            remove_resource,
        ],
    )
}

impl From<DefineError> for ApiError {
    fn from(error: DefineError) -> Self {
        match error {
            DefineError::Name
            | DefineError::Description
            | DefineError::Scope(_)
            | DefineError::Uri
            | DefineError::ResourceName => Self::invalid_request(error.to_string()),
            DefineError::Fixed(_)
            | DefineError::InUse(_)
            | DefineError::UriTaken
            | DefineError::TooMany => Self::conflict(error.to_string()),
            DefineError::Unknown | DefineError::UnknownOrganization => Self::not_found(),
            DefineError::Database(error) => error.into(),
        }
    }
}

/// Returns the name from the path. Whatever the router left encoded is decoded.
fn name<C: Credential, B>(call: &Call<C, B>) -> Result<String, ApiError> {
    let text = percent_decode_str(call.path("name")).decode_utf8();
    text.map(Into::into).map_err(|_| ApiError::not_found())
}

async fn read<C: Credential, B>(
    call: &Call<C, B>,
    organization: OrganizationId,
) -> Result<Definitions, ApiError> {
    let found = call
        .app
        .db
        .read(move |conn| Definitions::read(conn, organization))
        .await?;
    found.ok_or_else(ApiError::not_found)
}

/// A scope.
#[derive(Serialize, ToSchema)]
#[schema(as = Scope)]
pub struct ScopeView {
    name: String,
    description: Option<String>,
}

/// Returns the scopes that the organization has, those that always exist too, ordered by name.
#[utoipa::path(get, path = SCOPES, tag = "Scopes and roles", operation_id = "list_scopes",
    params(("limit" = Option<i64>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = PageOf<ScopeView>)))]
pub async fn scopes(call: Call<Manager>) -> Result<HttpResponse, ApiError> {
    let (limit, after) = {
        let query = call.query(&["limit", "cursor"])?;
        (query.limit()?, query.cursor::<String>()?)
    };
    let mut all = read(&call, call.who.0.organization).await?.scopes;
    let fixed = Preset::None.scopes().into_iter();
    all.extend(fixed.map(|(name, what)| (name.to_owned(), Some(what.to_owned()))));
    let found: Vec<_> = all
        .into_iter()
        .filter(|(name, _)| after.as_ref().is_none_or(|after| name > after))
        .collect();
    Ok(HttpResponse::Ok().json(PageOf::of(
        found,
        limit,
        |(name, _)| name.clone(),
        |(name, description)| ScopeView { name, description },
    )))
}

/// The members of a scope.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub struct ScopeMembers {
    /// For the people who grant it; at most 500 characters.
    #[serde(default)]
    description: Option<String>,
}

impl JsonBody for ScopeMembers {}

/// Defines a scope, or changes its description.
#[utoipa::path(put, path = SCOPE, tag = "Scopes and roles", operation_id = "set_scope",
    params(("name" = String, Path)), request_body = ScopeMembers,
    responses((status = 200, body = ScopeView), (status = 201, body = ScopeView),
        (status = 409, description = "The scope always exists", body = ErrorBody)))]
pub async fn set_scope(
    call: Call<Manager, OptionalJson<ScopeMembers>>,
) -> Result<HttpResponse, ApiError> {
    let (origin, now) = (call.origin(), call.app.clock.now());
    let (organization, name) = (call.who.0.organization, name(&call)?);
    let view = ScopeView {
        name: name.clone(),
        description: call.body.0.description.clone(),
    };
    let description = call.body.0.description;
    let (set, _) = revocation::commit(&call.app.db, call.app.nodes.feed.clone(), move |conn| {
        let wanted = (name.as_str(), description.as_deref());
        manage::set_scope(conn, organization, wanted, &origin, now)
    })
    .await?;
    if set.is_new {
        let place = format!("{SCOPES}/{}", view.name);
        return Ok(HttpResponse::Created()
            .insert_header((LOCATION, place))
            .json(view));
    }
    Ok(HttpResponse::Ok().json(view))
}

/// Removes a scope.
#[utoipa::path(delete, path = SCOPE, tag = "Scopes and roles", operation_id = "remove_scope",
    params(("name" = String, Path)), responses((status = 204),
        (status = 409, description = "A client, a role or a resource has the scope, or it always exists", body = ErrorBody)))]
pub async fn remove_scope(call: Call<Manager>) -> Result<HttpResponse, ApiError> {
    let (origin, now) = (call.origin(), call.app.clock.now());
    let (organization, name) = (call.who.0.organization, name(&call)?);
    revocation::commit(&call.app.db, call.app.nodes.feed.clone(), move |conn| {
        manage::remove_scope(conn, organization, &name, &origin, now)
    })
    .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// A role.
#[derive(Serialize, ToSchema)]
#[schema(as = Role)]
pub struct RoleView {
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
pub async fn roles(call: Call<Manager>) -> Result<HttpResponse, ApiError> {
    let (limit, after) = {
        let query = call.query(&["limit", "cursor"])?;
        (query.limit()?, query.cursor::<String>()?)
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
pub async fn role(call: Call<Manager>) -> Result<HttpResponse, ApiError> {
    let name = name(&call)?;
    let defined = read(&call, call.who.0.organization).await?;
    let role = defined.roles.get(Some(&name)).cloned();
    let role = role.ok_or_else(ApiError::not_found)?;
    Ok(HttpResponse::Ok().json(RoleView::new(name, role)))
}

/// The members of a role.
#[derive(Debug, Deserialize, ToSchema)]
pub struct RoleMembers {
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
pub async fn set_role(call: Call<Manager, Json<RoleMembers>>) -> Result<HttpResponse, ApiError> {
    let (origin, now) = (call.origin(), call.app.clock.now());
    let (organization, name) = (call.who.0.organization, name(&call)?);
    let RoleMembers {
        scopes,
        description,
    } = call.body.0;
    let asked = name.clone();
    let ((set, role), done) =
        revocation::enforce(&call.app.db, call.app.nodes.feed.clone(), move |conn| {
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
    let mut answer = HttpResponse::Ok();
    add_receipt(&mut answer, &done);
    Ok(answer.json(RoleView::new(name, role)))
}

/// Removes a role.
#[utoipa::path(delete, path = ROLE, tag = "Scopes and roles", operation_id = "remove_role",
    params(("name" = String, Path)), responses((status = 204),
        (status = 409, description = "An operator has the role, or it always exists", body = ErrorBody)))]
pub async fn remove_role(call: Call<Manager>) -> Result<HttpResponse, ApiError> {
    let (origin, now) = (call.origin(), call.app.clock.now());
    let (organization, name) = (call.who.0.organization, name(&call)?);
    revocation::commit(&call.app.db, call.app.nodes.feed.clone(), move |conn| {
        manage::remove_role(conn, organization, &name, &origin, now)
    })
    .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// A resource that access tokens can be for (RFC 8707).
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Resource)]
pub struct ResourceView {
    id: i64,
    uri: String,
    name: String,
    scopes: Vec<String>,
    created_at: Timestamp,
}

impl From<Resource> for ResourceView {
    fn from(resource: Resource) -> Self {
        let scopes = resource.scopes.iter();
        Self {
            scopes: scopes.map(|scope| scope.as_str().to_owned()).collect(),
            id: resource.id,
            uri: resource.uri,
            name: resource.name,
            created_at: resource.created_at,
        }
    }
}

/// Returns the organization's resources, ordered by id.
#[utoipa::path(get, path = RESOURCES, tag = "Clients", operation_id = "list_resources",
    params(("limit" = Option<i64>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = PageOf<ResourceView>)))]
pub async fn resources(call: Call<Company>) -> Result<HttpResponse, ApiError> {
    let (limit, after) = {
        let query = call.query(&["limit", "cursor"])?;
        (query.limit()?, query.cursor::<i64>()?.unwrap_or_default())
    };
    let mut found = read(&call, call.who.0.organization).await?.resources;
    found.retain(|resource| resource.id > after);
    Ok(HttpResponse::Ok().json(PageOf::of(
        found,
        limit,
        |resource| resource.id.to_string(),
        ResourceView::from,
    )))
}

/// The members of a new resource.
#[derive(Debug, Deserialize, ToSchema)]
pub struct ResourceMembers {
    /// An absolute URI without a fragment. It is what clients name, and what tokens have as `aud`.
    uri: String,
    /// 1 to 200 characters, at least one of them visible.
    name: String,
    /// The scopes that it knows.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Vec<String>, required = false)]
    scopes: Option<Vec<String>>,
}

impl JsonBody for ResourceMembers {}

/// Adds a resource.
#[utoipa::path(post, path = RESOURCES, tag = "Clients", operation_id = "add_resource",
    request_body = ResourceMembers, responses((status = 201, body = ResourceView),
        (status = 409, description = "Another resource has the uri", body = ErrorBody)))]
pub async fn add_resource(
    call: Call<Company, Json<ResourceMembers>>,
) -> Result<HttpResponse, ApiError> {
    let (origin, now) = (call.origin(), call.app.clock.now());
    let organization = call.who.0.organization;
    let ResourceMembers { uri, name, scopes } = call.body.0;
    let new = NewResource {
        uri,
        name,
        scopes: scopes.unwrap_or_default(),
    };
    let (resource, _) =
        revocation::commit(&call.app.db, call.app.nodes.feed.clone(), move |conn| {
            manage::add_resource(conn, organization, new, is_resource_uri, &origin, now)
        })
        .await?;
    Ok(HttpResponse::Created()
        .insert_header((LOCATION, format!("{RESOURCES}/{}", resource.id)))
        .json(ResourceView::from(resource)))
}

/// Removes a resource.
#[utoipa::path(delete, path = RESOURCE, tag = "Clients", operation_id = "remove_resource",
    params(("id" = i64, Path)), responses((status = 204),
        (status = 409, description = "A client names the resource", body = ErrorBody)))]
pub async fn remove_resource(call: Call<Company>) -> Result<HttpResponse, ApiError> {
    let (origin, now) = (call.origin(), call.app.clock.now());
    let organization = call.who.0.organization;
    let id: i64 = call.path("id").parse().map_err(|_| ApiError::not_found())?;
    revocation::commit(&call.app.db, call.app.nodes.feed.clone(), move |conn| {
        manage::remove_resource(conn, organization, id, &origin, now)
    })
    .await?;
    Ok(HttpResponse::NoContent().finish())
}
