//! `/api/company/operators…` and `/api/operator…`: managing operators, issuing and revoking their tokens.

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, HeaderValue, LOCATION};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use super::{
    Change, Filter, IssueFault, ManageFault, Operator as Record, OperatorStatus, Outcome, Profile,
    Request, RevokeFault, Row, SynchronizeFault, issue, manage, revoke_all, synchronize,
};
use crate::base::{OperatorId, OrganizationId, Timestamp};
use crate::company::http::RevokeToken;
use crate::http::member::{Object, given, settable};
use crate::http::{ApiError, Call, Company, Either, Json, Operator, OptionalJson, PageOf, Wire};
use crate::revocation;
use crate::revocation::http::receipt;

/// An operator.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OperatorView {
    id: OperatorId,
    organization_id: OrganizationId,
    name: String,
    /// The chat platform's own id.
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

impl From<ManageFault> for ApiError {
    fn from(fault: ManageFault) -> Self {
        match fault {
            ManageFault::Profile(fault) => Self::invalid_request(fault.text()),
            ManageFault::Unknown | ManageFault::UnknownOrganization => Self::not_found(),
            ManageFault::Deleted | ManageFault::ExternalIdTaken | ManageFault::EmailTaken => {
                Self::conflict(fault.to_string())
            }
            ManageFault::Database(error) => error.into(),
        }
    }
}

/// `active` or `inactive`; `deleted` is what DELETE is for.
fn activity<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<bool>, D::Error> {
    let text = String::deserialize(deserializer)?;
    match text.parse() {
        Ok(OperatorStatus::Active) => Ok(Some(true)),
        Ok(OperatorStatus::Inactive) => Ok(Some(false)),
        Ok(OperatorStatus::Deleted) | Err(()) => Err(serde::de::Error::custom(
            "must be active or inactive; DELETE the operator to delete it",
        )),
    }
}

/// A change of an operator, and the members of a new one. Whatever else is sent is ignored: nobody can set an id, an
/// organization or a date.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChangeOperator {
    /// 1 to 200 characters; needed for a new one.
    #[serde(default, deserialize_with = "given")]
    name: Option<String>,
    /// The chat platform's own id, unique within the organization.
    #[serde(default, deserialize_with = "settable")]
    #[schema(value_type = Option<String>)]
    external_id: Option<Option<String>>,
    /// Unique within the organization without regard to case.
    #[serde(default, deserialize_with = "settable")]
    #[schema(value_type = Option<String>)]
    email: Option<Option<String>>,
    /// A role's name.
    #[serde(default, deserialize_with = "settable")]
    #[schema(value_type = Option<String>)]
    role: Option<Option<String>>,
    /// `active` or `inactive`.
    #[serde(default, deserialize_with = "activity")]
    #[schema(value_type = Option<String>)]
    status: Option<bool>,
}

impl Wire for ChangeOperator {}

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

/// The operator's id in the path: whatever is no number names nothing.
fn id<C: crate::http::Credential, B>(call: &Call<C, B>) -> Result<OperatorId, ApiError> {
    call.path("id").parse().map_err(|_| ApiError::not_found())
}

/// The organization's operators by id; without `status`, those not deleted.
#[utoipa::path(get, path = "/api/company/operators", tag = "Operators",
    params(("status" = Option<String>, Query), ("externalId" = Option<String>, Query),
        ("limit" = Option<i64>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = PageOf<OperatorView>)))]
pub async fn list(call: Call<Company>) -> Result<HttpResponse, ApiError> {
    let (filter, limit) = {
        let query = call.query();
        let limit = query.limit()?;
        let filter = Filter {
            organization: call.who.0.organization,
            status: query.parse("status", "active, inactive or deleted")?,
            external_id: query.get("externalId")?.map(std::borrow::Cow::into_owned),
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
#[utoipa::path(post, path = "/api/company/operators", tag = "Operators", request_body = ChangeOperator,
    responses((status = 201, body = OperatorView)))]
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
        .insert_header((LOCATION, format!("/api/company/operators/{}", operator.id)))
        .json(OperatorView::from(operator)))
}

/// An operator, deleted ones too.
#[utoipa::path(get, path = "/api/company/operators/{id}", tag = "Operators", params(("id" = i64, Path)),
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

/// Changes an operator. Deactivating it revokes its tokens; activating it again revives none.
#[utoipa::path(patch, path = "/api/company/operators/{id}", tag = "Operators", params(("id" = i64, Path)),
    request_body = ChangeOperator, responses((status = 200, body = OperatorView)))]
pub async fn change(
    call: Call<Company, OptionalJson<ChangeOperator>>,
) -> Result<HttpResponse, ApiError> {
    let (origin, now, organization) =
        (call.origin(), call.app.clock.now(), call.who.0.organization);
    let id = id(&call)?;
    let wanted = Change::from(call.body.0);
    let deactivates = wanted.active == Some(false);
    let (operator, done) = revocation::commit(&call.app.db, call.app.feed.clone(), move |conn| {
        manage::change(conn, organization, id, wanted, &origin, now)
    })
    .await?;
    if deactivates && done.is_none() {
        revocation::already(&call.app.db, &call.app.feed).await?;
    }
    Ok(HttpResponse::Ok().json(OperatorView::from(operator)))
}

/// Deletes an operator and revokes its tokens. The record stays readable.
#[utoipa::path(delete, path = "/api/company/operators/{id}", tag = "Operators", params(("id" = i64, Path)),
    responses((status = 204)))]
pub async fn delete(call: Call<Company>) -> Result<HttpResponse, ApiError> {
    let (origin, now, organization, id) = (
        call.origin(),
        call.app.clock.now(),
        call.who.0.organization,
        id(&call)?,
    );
    let ((), done) = revocation::enforce(&call.app.db, call.app.feed.clone(), move |conn| {
        manage::delete(conn, organization, id, &origin, now).map(|entries| ((), entries))
    })
    .await?;
    Ok(receipt(&done))
}

impl From<RevokeFault> for ApiError {
    fn from(fault: RevokeFault) -> Self {
        match fault {
            RevokeFault::Unknown => Self::not_found(),
            RevokeFault::Unnamed => Self::invalid_request(
                "token is missing: with a company token, name the operator token to revoke",
            ),
            RevokeFault::Database(error) => error.into(),
        }
    }
}

/// Revokes every token of an operator issued so far.
#[utoipa::path(post, path = "/api/company/operators/{id}/revoke-tokens", tag = "Operators", params(("id" = i64, Path)),
    responses((status = 204)))]
pub async fn revoke_tokens(call: Call<Company>) -> Result<HttpResponse, ApiError> {
    let id = id(&call)?;
    let done = revoke_all(&call.app, call.who.0.organization, id, call.origin()).await?;
    Ok(receipt(&done))
}

/// One operator of a list: found by `id`, else by `externalId`, else added.
// The members of `ChangeOperator` stand here again: flattened, an error in one could not be told by its name.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SynchronizeRow {
    /// The operator's id, when known.
    #[schema(value_type = Option<i64>)]
    id: Option<OperatorId>,
    /// 1 to 200 characters; needed for a new one.
    #[serde(default, deserialize_with = "given")]
    name: Option<String>,
    /// The chat platform's own id, unique within the organization.
    #[serde(default, deserialize_with = "settable")]
    #[schema(value_type = Option<String>)]
    external_id: Option<Option<String>>,
    /// Unique within the organization without regard to case.
    #[serde(default, deserialize_with = "settable")]
    #[schema(value_type = Option<String>)]
    email: Option<Option<String>>,
    /// A role's name.
    #[serde(default, deserialize_with = "settable")]
    #[schema(value_type = Option<String>)]
    role: Option<Option<String>>,
    /// `active` or `inactive`.
    #[serde(default, deserialize_with = "activity")]
    #[schema(value_type = Option<String>)]
    status: Option<bool>,
}

impl From<SynchronizeRow> for Row {
    fn from(wire: SynchronizeRow) -> Self {
        Self {
            id: wire.id,
            change: Change {
                name: wire.name,
                external_id: wire.external_id,
                email: wire.email,
                role: wire.role,
                active: wire.status,
            },
        }
    }
}

/// The list.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub struct Synchronize(Vec<Object<SynchronizeRow>>);

impl Wire for Synchronize {
    const LIMIT: usize = 4 * 1024 * 1024;

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::deserialize(deserializer)
    }
}

/// What happened to a row of the list.
#[derive(Debug, Serialize, ToSchema)]
pub struct OutcomeView {
    /// `created`, `updated` or `unchanged`.
    outcome: &'static str,
    /// The operator as it is now.
    operator: OperatorView,
}

impl From<Outcome> for OutcomeView {
    fn from(outcome: Outcome) -> Self {
        let (outcome, operator) = match outcome {
            Outcome::Created(operator) => ("created", operator),
            Outcome::Updated(operator) => ("updated", operator),
            Outcome::Unchanged(operator) => ("unchanged", operator),
        };
        Self {
            outcome,
            operator: operator.into(),
        }
    }
}

impl From<SynchronizeFault> for ApiError {
    fn from(fault: SynchronizeFault) -> Self {
        match fault {
            SynchronizeFault::Row { index, fault } => Self::from(fault).at(index),
            SynchronizeFault::Database(error) => error.into(),
        }
    }
}

/// Adds or updates up to 1,000 operators, all or none; what happened to each, in order.
#[utoipa::path(post, path = "/api/operator/synchronize", tag = "Operators", request_body = Vec<SynchronizeRow>,
    responses((status = 200, body = Vec<OutcomeView>)))]
pub async fn synchronize_operators(
    call: Call<Company, Json<Synchronize>>,
) -> Result<HttpResponse, ApiError> {
    let (origin, now, organization) =
        (call.origin(), call.app.clock.now(), call.who.0.organization);
    let rows: Vec<_> = call
        .body
        .0
        .0
        .into_iter()
        .map(|Object(row)| row.into())
        .collect();
    if rows.len() > synchronize::LIMIT {
        return Err(ApiError::invalid_request(
            "more than 1000 operators; send them in several calls",
        ));
    }
    let deactivates = rows
        .iter()
        .any(|row: &Row| row.change.active == Some(false));
    let (outcomes, done) = revocation::commit(&call.app.db, call.app.feed.clone(), move |conn| {
        synchronize(conn, organization, rows, &origin, now)
    })
    .await?;
    if deactivates && done.is_none() {
        revocation::already(&call.app.db, &call.app.feed).await?;
    }
    Ok(HttpResponse::Ok().json(
        outcomes
            .into_iter()
            .map(OutcomeView::from)
            .collect::<Vec<_>>(),
    ))
}

/// For whom a token is asked, and until when.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct GetToken {
    /// The operator's id.
    #[schema(value_type = i64)]
    id: OperatorId,
    /// RFC 3339 with an offset; absent, null or too far: as long as may be, at most 24 hours.
    #[serde(default, deserialize_with = "instant")]
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Timestamp>,
}

impl Wire for GetToken {}

fn instant<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    let text: Option<String> = Option::deserialize(deserializer)?;
    text.map(|text| Timestamp::parse(&text))
        .transpose()
        .map_err(serde::de::Error::custom)
}

impl From<IssueFault> for ApiError {
    fn from(fault: IssueFault) -> Self {
        match fault {
            IssueFault::Unknown => Self::not_found(),
            IssueFault::NotActive(status) => {
                Self::conflict(format!("the operator is {status}: it gets no tokens"))
            }
            IssueFault::Past => Self::invalid_request("expiresAt must be in the future"),
            IssueFault::BeyondCap { latest } => Self::invalid_request(format!(
                "expiresAt is beyond the longest life; the latest allowed is {latest}"
            )),
            IssueFault::Ledger(why) => {
                tracing::warn!(?why, "no token issued: the ledger did not take it");
                Self::unavailable()
            }
            IssueFault::Key(why) => {
                tracing::error!(%why, "a token could not be signed");
                Self::internal()
            }
            IssueFault::Database(error) => error.into(),
        }
    }
}

/// Hands out an operator token.
#[utoipa::path(post, path = "/api/operator/get-token", tag = "Operator tokens", request_body = GetToken,
    responses((status = 200, body = String, description = "The operator token, a bare JSON string; Token-Expires-At says when it ends")))]
pub async fn get_token(call: Call<Company, Json<GetToken>>) -> Result<HttpResponse, ApiError> {
    let GetToken { id, expires_at } = call.body.0;
    let request = Request {
        operator: id,
        expires_at,
    };
    let token = issue(&call.app, &call.who.0, request, call.address()).await?;
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, HeaderValue::from_static("no-store")))
        .insert_header(("token-expires-at", token.expires_at.to_string()))
        .json(token.text))
}

/// The operator's own profile.
#[utoipa::path(get, path = "/api/operator", tag = "Operator tokens", responses((status = 200, body = OperatorView)))]
pub async fn own_profile(call: Call<Operator>) -> Result<HttpResponse, ApiError> {
    let claims = call.who.0;
    let id = claims.operator().ok_or_else(ApiError::internal)?;
    let operator = call
        .app
        .db
        .read(move |conn| manage::get(conn, claims.organization, id))
        .await?;
    Ok(HttpResponse::Ok().json(OperatorView::from(operator)))
}

/// Revokes an operator token: with a company token any of the organization's, with an operator token any of its own.
#[utoipa::path(post, path = "/api/operator/revoke-token", tag = "Operator tokens", request_body = RevokeToken,
    responses((status = 204)))]
pub async fn revoke_token(
    call: Call<Either, OptionalJson<RevokeToken>>,
) -> Result<HttpResponse, ApiError> {
    let done = super::revoke_token(
        &call.app,
        &call.who.0,
        call.body.0.token.as_deref(),
        call.origin(),
    )
    .await?;
    Ok(receipt(&done))
}
