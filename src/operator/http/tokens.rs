//! `/api/operator…`: operator tokens are issued, used and revoked.

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, HeaderValue};
use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;

use super::OperatorView;
use crate::base::{OperatorId, Timestamp};
use crate::company::http::RevokeToken;
use crate::http::{
    ApiError, Call, Company, CompanyOrOperator, ErrorBody, Json, JsonBody, Operator, OptionalJson,
};
use crate::operator::{self, IssueError, Request, RevokeError, issue, manage};
use crate::revocation::http::receipt;

impl From<RevokeError> for ApiError {
    fn from(fault: RevokeError) -> Self {
        match fault {
            RevokeError::Unknown => Self::not_found(),
            RevokeError::Unnamed => Self::invalid_request(
                "token is missing: with a company token, name the operator token to revoke",
            ),
            RevokeError::Database(error) => error.into(),
        }
    }
}

/// The operator and the expiry of a new token.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct GetToken {
    /// The operator's id.
    #[schema(value_type = i64)]
    id: OperatorId,
    /// RFC 3339 with an offset. If it is absent, null or too late, the token gets the longest
    /// allowed life, at most 24 hours.
    #[serde(default, deserialize_with = "instant")]
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Timestamp>,
}

impl JsonBody for GetToken {}

fn instant<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    let text: Option<String> = Option::deserialize(deserializer)?;
    text.map(|text| Timestamp::parse(&text))
        .transpose()
        .map_err(serde::de::Error::custom)
}

impl From<IssueError> for ApiError {
    fn from(fault: IssueError) -> Self {
        match fault {
            IssueError::Unknown => Self::not_found(),
            IssueError::NotActive(status) => Self::conflict(format!(
                "the operator is {status}: no tokens are issued for it"
            )),
            IssueError::Past => Self::invalid_request("expiresAt must be in the future"),
            IssueError::BeyondCap { latest } => Self::invalid_request(format!(
                "expiresAt is beyond the longest life; the latest allowed is {latest}"
            )),
            IssueError::Ledger(why) => {
                tracing::warn!(?why, "no token issued: the ledger did not take it");
                Self::unavailable()
            }
            IssueError::Key(why) => {
                tracing::error!(%why, "a token could not be signed");
                Self::internal()
            }
            IssueError::Database(error) => error.into(),
        }
    }
}

/// Issues an operator token.
#[utoipa::path(post, path = "/api/operator/get-token", tag = "Operator tokens", request_body = GetToken,
    responses((status = 200, body = String, content_type = "application/json",
        description = "The operator token, a bare JSON string; Token-Expires-At says when it ends"),
        (status = 404, description = "There is no such operator", body = ErrorBody),
        (status = 409, description = "The operator is not active", body = ErrorBody)))]
pub async fn get_token(call: Call<Company, Json<GetToken>>) -> Result<HttpResponse, ApiError> {
    let GetToken { id, expires_at } = call.body.0;
    let request = Request {
        rev: call.rev,
        operator: id,
        expires_at,
    };
    let token = issue(&call.app, call.who.0.token(), request, Some(call.address())).await?;
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, HeaderValue::from_static("no-store")))
        .insert_header(("token-expires-at", token.expires_at.to_string()))
        .json(token.text))
}

/// Returns the operator's own profile.
#[utoipa::path(get, path = "/api/operator", tag = "Operator tokens", responses((status = 200, body = OperatorView)))]
pub async fn own_profile(call: Call<Operator>) -> Result<HttpResponse, ApiError> {
    let organization = call.who.0.organization;
    let id = call.who.0.subject.ok_or_else(ApiError::internal)?;
    let operator = call
        .app
        .db
        .read(move |conn| manage::get(conn, organization, id))
        .await?;
    Ok(HttpResponse::Ok().json(OperatorView::from(operator)))
}

/// Revokes an operator token. A company token may revoke any operator token of its organization; an
/// operator token may revoke any token of the same operator.
#[utoipa::path(post, path = "/api/operator/revoke-token", tag = "Operator tokens", request_body = RevokeToken,
    responses((status = 204), (status = 404, description = "There is no such token", body = ErrorBody)))]
pub async fn revoke_token(
    call: Call<CompanyOrOperator, OptionalJson<RevokeToken>>,
) -> Result<HttpResponse, ApiError> {
    let done = operator::revoke_token(
        &call.app,
        call.who.0.token(),
        call.body.0.token.as_deref(),
        call.origin(),
    )
    .await?;
    Ok(receipt(&done))
}
