//! `/api/company/operators…`: managing operators.

pub mod synchronize;
pub mod tokens;

use actix_web::HttpResponse;
use actix_web::http::header::LOCATION;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use super::{
    Change, Filter, ManageError, Operator as Record, OperatorStatus, Profile, manage, revoke_all,
};
use crate::base::{OperatorId, OrganizationId, Timestamp};
use crate::http::json_member::{given, settable};
use crate::http::{
    ApiError, Call, Company, ErrorBody, Json, JsonBody, OptionalJson, PageOf, Routes, Surface,
    endpoints,
};
use crate::revocation;
use crate::revocation::http::receipt;

const OPERATORS: &str = "/api/company/operators";
const OPERATOR: &str = "/api/company/operators/{id}";

/// The routes.
#[must_use]
pub fn routes() -> Routes {
    Routes::new(
        Surface::Flat,
        endpoints![
            tokens::get_token,
            tokens::revoke_token,
            synchronize::synchronize_operators,
            tokens::own_profile,
            list,
            add,
            get,
            change,
            delete,
            revoke_tokens,
        ],
    )
}

/// An operator.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OperatorView {
    id: OperatorId,
    organization_id: OrganizationId,
    name: String,
    /// The id that the chat platform gave the operator.
    external_id: Option<String>,
    email: Option<String>,
    role: Option<String>,
    /// `active`, `inactive` or `deleted`.
    status: &'static str,
    created_at: Timestamp,
}

impl From<Record> for OperatorView {
    fn from(operator: Record) -> Self {
        Self {
            id: operator.id,
            organization_id: operator.organization,
            name: operator.profile.name,
            external_id: operator.profile.external_id,
            email: operator.profile.email,
            role: operator.profile.role,
            status: operator.status.as_str(),
            created_at: operator.created_at,
        }
    }
}

impl From<ManageError> for ApiError {
    fn from(fault: ManageError) -> Self {
        match fault {
            ManageError::Profile(fault) => Self::invalid_request(fault.text()),
            ManageError::Unknown | ManageError::UnknownOrganization => Self::not_found(),
            ManageError::Deleted | ManageError::ExternalIdTaken | ManageError::EmailTaken => {
                Self::conflict(fault.to_string())
            }
            ManageError::Database(error) => error.into(),
        }
    }
}

/// Reads `active` as `true` and `inactive` as `false`. An operator becomes `deleted` only by
/// DELETE.
fn activity<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<bool>, D::Error> {
    let text = String::deserialize(deserializer)?;
    match text.parse() {
        Ok(OperatorStatus::Active) => Ok(Some(true)),
        Ok(OperatorStatus::Inactive) => Ok(Some(false)),
        Ok(OperatorStatus::Deleted) | Err(_) => Err(serde::de::Error::custom(
            "must be active or inactive; DELETE the operator to delete it",
        )),
    }
}

/// A change of an operator, and the members of a new one. Other members are ignored: a caller
/// cannot set an id, an organization or a date.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChangeOperator {
    /// 1 to 200 characters, at least one of them visible. Required for a new operator.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = String, required = false, min_length = 1, max_length = 200)]
    name: Option<String>,
    /// The id that the chat platform gave the operator. It is unique within the organization.
    #[serde(default, deserialize_with = "settable")]
    #[schema(value_type = Option<String>)]
    external_id: Option<Option<String>>,
    /// Unique within the organization. Case and the composition of letters are ignored.
    #[serde(default, deserialize_with = "settable")]
    #[schema(value_type = Option<String>)]
    email: Option<Option<String>>,
    /// The name of a role.
    #[serde(default, deserialize_with = "settable")]
    #[schema(value_type = Option<String>, pattern = "^[A-Za-z0-9._:-]{1,64}$")]
    role: Option<Option<String>>,
    /// `active` or `inactive`.
    #[serde(default, deserialize_with = "activity")]
    #[schema(value_type = String, required = false, pattern = "^(active|inactive)$")]
    status: Option<bool>,
}

impl JsonBody for ChangeOperator {}

impl From<ChangeOperator> for Change {
    fn from(wire: ChangeOperator) -> Self {
        Self {
            name: wire.name,
            external_id: wire.external_id,
            email: wire.email,
            role: wire.role,
            active: wire.status,
        }
    }
}

/// Returns the operator's id from the path. A text that is not a number is the id of no operator.
fn id<C: crate::http::Credential, B>(call: &Call<C, B>) -> Result<OperatorId, ApiError> {
    call.path("id").parse().map_err(|_| ApiError::not_found())
}

/// Returns the organization's operators, ordered by id. Without `status`, it returns those that are
/// not deleted.
#[utoipa::path(get, path = OPERATORS, tag = "Operators",
    params(("status" = Option<String>, Query), ("externalId" = Option<String>, Query),
        ("limit" = Option<i64>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = PageOf<OperatorView>)))]
pub async fn list(call: Call<Company>) -> Result<HttpResponse, ApiError> {
    let (filter, limit) = {
        let query = call.query(&["status", "externalId", "limit", "cursor"])?;
        let limit = query.limit()?;
        let filter = Filter {
            organization: call.who.0.organization,
            status: query.parse("status", "active, inactive or deleted")?,
            external_id: query.get("externalId").map(str::to_owned),
            after: query.cursor()?,
            limit: limit.and_one(),
        };
        (filter, limit)
    };
    let found = call
        .app
        .db
        .read(move |conn| manage::list(conn, &filter))
        .await?;
    Ok(HttpResponse::Ok().json(PageOf::of(
        found,
        limit,
        |operator| operator.id.to_string(),
        OperatorView::from,
    )))
}

/// Adds an operator.
#[utoipa::path(post, path = OPERATORS, tag = "Operators", request_body = ChangeOperator,
    responses((status = 201, body = OperatorView),
        (status = 409, description = "Another operator has the externalId or the email", body = ErrorBody)))]
pub async fn add(call: Call<Company, Json<ChangeOperator>>) -> Result<HttpResponse, ApiError> {
    let (origin, now, organization) =
        (call.origin(), call.app.clock.now(), call.who.0.organization);
    let ChangeOperator {
        name,
        external_id,
        email,
        role,
        status,
    } = call.body.0;
    let profile = Profile {
        name: name.ok_or_else(|| ApiError::invalid_request("name is missing"))?,
        external_id: external_id.flatten(),
        email: email.flatten(),
        role: role.flatten(),
    };
    let status = if status == Some(false) {
        OperatorStatus::Inactive
    } else {
        OperatorStatus::Active
    };
    let operator = call
        .app
        .db
        .write(move |conn| manage::add(conn, organization, profile, status, &origin, now))
        .await?;
    Ok(HttpResponse::Created()
        .insert_header((LOCATION, format!("{OPERATORS}/{}", operator.id)))
        .json(OperatorView::from(operator)))
}

/// Returns an operator, also if it is deleted.
#[utoipa::path(get, path = OPERATOR, tag = "Operators", params(("id" = i64, Path)),
    responses((status = 200, body = OperatorView)))]
pub async fn get(call: Call<Company>) -> Result<HttpResponse, ApiError> {
    let (organization, id) = (call.who.0.organization, id(&call)?);
    let operator = call
        .app
        .db
        .read(move |conn| manage::get(conn, organization, id))
        .await?;
    Ok(HttpResponse::Ok().json(OperatorView::from(operator)))
}

/// Changes an operator. Deactivating it revokes its tokens. Activating it again makes no revoked
/// token valid.
#[utoipa::path(patch, path = OPERATOR, tag = "Operators", params(("id" = i64, Path)),
    request_body = ChangeOperator, responses((status = 200, body = OperatorView),
        (status = 409, description = "Another operator has the externalId or the email, or the operator is deleted", body = ErrorBody)))]
pub async fn change(
    call: Call<Company, OptionalJson<ChangeOperator>>,
) -> Result<HttpResponse, ApiError> {
    let (origin, now, organization) =
        (call.origin(), call.app.clock.now(), call.who.0.organization);
    let id = id(&call)?;
    let wanted = Change::from(call.body.0);
    let deactivates = wanted.active == Some(false);
    let (operator, done) =
        revocation::commit(&call.app.db, call.app.nodes.feed.clone(), move |conn| {
            manage::change(conn, organization, id, wanted, &origin, now)
        })
        .await?;
    if deactivates && done.is_none() {
        revocation::already(&call.app.db, &call.app.nodes.feed).await?;
    }
    Ok(HttpResponse::Ok().json(OperatorView::from(operator)))
}

/// Deletes an operator and revokes its tokens. The record stays readable.
#[utoipa::path(delete, path = OPERATOR, tag = "Operators", params(("id" = i64, Path)),
    responses((status = 204)))]
pub async fn delete(call: Call<Company>) -> Result<HttpResponse, ApiError> {
    let (origin, now, organization, id) = (
        call.origin(),
        call.app.clock.now(),
        call.who.0.organization,
        id(&call)?,
    );
    let ((), done) = revocation::enforce(&call.app.db, call.app.nodes.feed.clone(), move |conn| {
        manage::delete(conn, organization, id, &origin, now).map(|entries| ((), entries))
    })
    .await?;
    Ok(receipt(&done))
}

/// Revokes every token of an operator that was issued so far.
#[utoipa::path(post, path = "/api/company/operators/{id}/revoke-tokens", tag = "Operators", params(("id" = i64, Path)),
    responses((status = 204)))]
pub async fn revoke_tokens(call: Call<Company>) -> Result<HttpResponse, ApiError> {
    let id = id(&call)?;
    let done = revoke_all(&call.app, call.who.0.organization, id, call.origin()).await?;
    Ok(receipt(&done))
}
