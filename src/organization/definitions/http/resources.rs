//! `GET, POST /api/company/resources`, `DELETE …/{id}`.

use actix_web::HttpResponse;
use actix_web::http::header::LOCATION;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::read;
use crate::base::Timestamp;
use crate::client::registration::is_resource_uri;
use crate::http::json_member::given;
use crate::http::{ApiError, Call, Company, ErrorBody, Json, JsonBody, PageOf};
use crate::organization::definitions::Resource;
use crate::organization::definitions::manage::{self, NewResource};
use crate::revocation;

const RESOURCES: &str = "/api/company/resources";
const RESOURCE: &str = "/api/company/resources/{id}";

/// A resource that access tokens can be for (RFC 8707).
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Resource)]
pub(super) struct ResourceView {
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
pub(super) async fn resources(call: Call<Company>) -> Result<HttpResponse, ApiError> {
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
pub(super) struct ResourceMembers {
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
pub(super) async fn add_resource(
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
        revocation::commit_here(&call.app.db, call.app.nodes.feed.clone(), move |conn| {
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
pub(super) async fn remove_resource(call: Call<Company>) -> Result<HttpResponse, ApiError> {
    let (origin, now) = (call.origin(), call.app.clock.now());
    let organization = call.who.0.organization;
    let id: i64 = call.path("id").parse().map_err(|_| ApiError::not_found())?;
    revocation::commit_here(&call.app.db, call.app.nodes.feed.clone(), move |conn| {
        manage::remove_resource(conn, organization, id, &origin, now)
    })
    .await?;
    Ok(HttpResponse::NoContent().finish())
}
