//! `/api/company/grants…`: what operators allowed clients.

use actix_web::HttpResponse;
use serde::Serialize;
use utoipa::ToSchema;

use super::manage::{self, EndError};
use super::store::{Grant, GrantFilter};
use crate::base::{ClientId, GrantId, OperatorId, Timestamp};
use crate::http::{ApiError, Call, Company, PageOf, Routes, Surface, endpoints};
use crate::revocation::http::receipt;

/// The routes.
#[must_use]
pub fn routes() -> Routes {
    Routes::new(Surface::Flat, endpoints![list, revoke,])
}

impl From<EndError> for ApiError {
    fn from(error: EndError) -> Self {
        match error {
            EndError::Unknown => Self::not_found(),
            EndError::Database(error) => error.into(),
        }
    }
}

/// What an operator allowed a client at one sign-in.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Grant)]
pub struct GrantView {
    #[schema(value_type = String)]
    id: GrantId,
    #[schema(value_type = String)]
    client_id: ClientId,
    operator_id: OperatorId,
    scopes: Vec<String>,
    created_at: Timestamp,
    last_used_at: Timestamp,
}

impl From<Grant> for GrantView {
    fn from(grant: Grant) -> Self {
        let scopes = grant.scopes.iter();
        Self {
            scopes: scopes.map(|scope| scope.as_str().to_owned()).collect(),
            id: grant.id,
            client_id: grant.client,
            operator_id: grant.operator,
            created_at: grant.created_at,
            last_used_at: grant.last_used_at,
        }
    }
}

/// Returns the grants that have not ended, ordered by id.
#[utoipa::path(get, path = "/api/company/grants", tag = "Clients", operation_id = "list_grants",
    params(("clientId" = Option<String>, Query), ("operatorId" = Option<i64>, Query),
        ("limit" = Option<i64>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = PageOf<GrantView>)))]
pub async fn list(call: Call<Company>) -> Result<HttpResponse, ApiError> {
    let (filter, limit) = {
        let query = call.query(&["clientId", "operatorId", "limit", "cursor"])?;
        let limit = query.limit()?;
        let filter = GrantFilter {
            organization: call.who.0.organization,
            client: query.parse("clientId", "a client's id")?,
            operator: query.parse("operatorId", "an operator's id")?,
            after: query.cursor()?,
            limit: limit.and_one(),
        };
        (filter, limit)
    };
    let found = manage::list(&call.app, filter).await?;
    Ok(HttpResponse::Ok().json(PageOf::of(
        found,
        limit,
        |grant| grant.id.to_string(),
        GrantView::from,
    )))
}

/// Revokes a grant with every token of it. Other grants of the same client stay.
#[utoipa::path(delete, path = "/api/company/grants/{id}", tag = "Clients",
    operation_id = "revoke_grant", params(("id" = String, Path)), responses((status = 204)))]
pub async fn revoke(call: Call<Company>) -> Result<HttpResponse, ApiError> {
    let id: GrantId = call.path("id").parse().map_err(|_| ApiError::not_found())?;
    let organization = call.who.0.organization;
    let done = manage::revoke(&call.app, organization, id, call.origin()).await?;
    Ok(receipt(&done))
}
