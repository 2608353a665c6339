//! `GET /api/v1/scopes`, `PUT, DELETE …/{name}`.

use actix_web::HttpResponse;
use actix_web::http::header::LOCATION;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{name, read};
use crate::access::{Preset, Scope};
use crate::http::{ApiError, Call, ErrorBody, JsonBody, Manager, OptionalJson, PageOf};
use crate::organization::definitions::manage;
use crate::revocation;

const SCOPES: &str = "/api/v1/scopes";
const SCOPE: &str = "/api/v1/scopes/{name}";

/// A scope.
#[derive(Serialize, ToSchema)]
#[schema(as = Scope)]
pub(super) struct ScopeView {
    name: String,
    description: Option<String>,
}

/// Returns the scopes that the organization has, those that always exist too, ordered by name.
#[utoipa::path(get, path = SCOPES, tag = "Scopes and roles", operation_id = "list_scopes",
    params(("limit" = Option<i64>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = PageOf<ScopeView>)))]
pub(super) async fn scopes(call: Call<Manager>) -> Result<HttpResponse, ApiError> {
    let (limit, after) = {
        let query = call.query(&["limit", "cursor"])?;
        (query.limit()?, query.cursor::<Scope>()?)
    };
    let mut all = read(&call, call.who.0.organization).await?.scopes;
    let fixed = Preset::None.scopes().into_iter();
    all.extend(fixed.map(|(name, what)| (name.to_owned(), Some(what.to_owned()))));
    let found: Vec<_> = all
        .into_iter()
        .filter(|(name, _)| {
            after
                .as_ref()
                .is_none_or(|after| name.as_str() > after.as_str())
        })
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
pub(super) struct ScopeMembers {
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
pub(super) async fn set_scope(
    call: Call<Manager, OptionalJson<ScopeMembers>>,
) -> Result<HttpResponse, ApiError> {
    let (origin, now) = (call.origin(), call.app.clock.now());
    let (organization, name) = (call.who.0.organization, name(&call)?);
    let view = ScopeView {
        name: name.clone(),
        description: call.body.0.description.clone(),
    };
    let description = call.body.0.description;
    let (set, _) =
        revocation::commit_here(&call.app.db, call.app.nodes.feed.clone(), move |conn| {
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
pub(super) async fn remove_scope(call: Call<Manager>) -> Result<HttpResponse, ApiError> {
    let (origin, now) = (call.origin(), call.app.clock.now());
    let (organization, name) = (call.who.0.organization, name(&call)?);
    revocation::commit_here(&call.app.db, call.app.nodes.feed.clone(), move |conn| {
        manage::remove_scope(conn, organization, &name, &origin, now)
    })
    .await?;
    Ok(HttpResponse::NoContent().finish())
}
