//! `/api/company/…`: logging in, rotating and revoking company tokens. `organization.rs` has the
//! organization's own record.

mod organization;

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, HeaderName, HeaderValue};
use secrecy::SecretString;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{Login, RevokeError, RotateError, Rotated, log_in, revoke, rotate};
use crate::db;
use crate::http::json_member;
use crate::http::{
    Anyone, ApiError, Call, Company, ErrorBody, Json, JsonBody, OptionalJson, Routes, Surface,
    endpoints,
};
use crate::login::LoginError;
use crate::revocation::http::receipt;

/// The routes.
#[must_use]
pub fn routes() -> Routes {
    Routes::new(
        Surface::Flat,
        endpoints![
            get_token,
            rotate_token,
            revoke_token,
            organization::organization,
            organization::change_organization,
        ],
    )
}

/// A login.
#[derive(Deserialize, ToSchema)]
#[schema(as = LogIn)]
pub struct GetToken {
    /// The organization's login, in any case.
    login: String,
    /// Its password.
    #[schema(value_type = String, format = Password)]
    #[serde(deserialize_with = "json_member::secret")]
    password: SecretString,
}

impl JsonBody for GetToken {}

impl From<LoginError> for ApiError {
    fn from(fault: LoginError) -> Self {
        match fault {
            LoginError::Refused => Self::invalid_credentials(),
            LoginError::Throttled(wait) => Self::rate_limited(wait),
            LoginError::Busy => Self::unavailable(),
            LoginError::Stale => Self::stale(),
            LoginError::Database(error) => error.into(),
        }
    }
}

/// Issues a company token for a login and a password.
#[utoipa::path(post, path = "/api/company/get-token", tag = "Company", request_body = GetToken, security(()),
    responses((status = 200, body = String, content_type = "application/json", description = "The company token, a bare JSON string"),
        (status = 401, description = "Login or password is wrong, or the organization is suspended", body = ErrorBody),
        (status = 429, description = "Too many attempts: `Retry-After` says when to try again", body = ErrorBody)))]
pub async fn get_token(call: Call<Anyone, Json<GetToken>>) -> Result<HttpResponse, ApiError> {
    let origin = call.origin();
    let GetToken { login, password } = call.body.0;
    let token = log_in(&call.app, Login { login, password }, origin).await?;
    Ok(HttpResponse::Ok().insert_header(NO_STORE).json(token))
}

const NO_STORE: (HeaderName, HeaderValue) = (CACHE_CONTROL, HeaderValue::from_static("no-store"));

impl From<RotateError> for ApiError {
    fn from(fault: RotateError) -> Self {
        match fault {
            RotateError::Revoked => Self::token_revoked(),
            RotateError::Expired => Self::token_expired(),
            RotateError::SuccessorInvalid => Self::conflict(
                "this token was rotated before, and its successor is revoked or has expired; log in to get a new one",
            ),
            RotateError::Unknown => Self::conflict(
                "the ledger does not have this token, so it cannot be rotated; log in to get a new one",
            ),
            // Only a rotation by an admin ends like these.
            RotateError::Rotated(_) | RotateError::Overlap { .. } | RotateError::SessionRevoked => {
                Self::conflict(fault.to_string())
            }
            RotateError::Key(why) => db::Error::Internal(why.to_string()).into(),
            RotateError::Database(error) => error.into(),
        }
    }
}

/// Issues a successor of the company token. The presented token stays valid until the instant in
/// the header `Previous-Token-Expires-At`. Until then, another call with it returns the same
/// successor. Tokens derived from either stay valid.
#[utoipa::path(post, path = "/api/company/rotate-token", tag = "Company",
    responses((status = 200, body = String, content_type = "application/json", description = "The successor, a bare JSON string"),
        (status = 409, description = "The token has a successor that is not valid, or is in no ledger", body = ErrorBody)))]
pub async fn rotate_token(call: Call<Company>) -> Result<HttpResponse, ApiError> {
    let Rotated {
        text,
        previous_ends_at,
    } = rotate(&call.app, call.who.0.token(), call.origin()).await?;
    Ok(HttpResponse::Ok()
        .insert_header(NO_STORE)
        .insert_header(("previous-token-expires-at", previous_ends_at.to_string()))
        .json(text))
}

/// The token to be revoked.
#[derive(Default, Deserialize, ToSchema)]
pub struct RevokeToken {
    /// The token; absent or null for the presented one.
    pub token: Option<String>,
}

impl JsonBody for RevokeToken {}

impl From<RevokeError> for ApiError {
    fn from(fault: RevokeError) -> Self {
        match fault {
            RevokeError::Unknown => Self::not_found(),
            RevokeError::Database(error) => error.into(),
        }
    }
}

/// Revokes a company token and every operator token derived from it. Once this answers, no node
/// accepts them.
#[utoipa::path(post, path = "/api/company/revoke-token", tag = "Company", request_body = RevokeToken,
    responses((status = 204), (status = 404, description = "There is no such token", body = ErrorBody)))]
pub async fn revoke_token(
    call: Call<Company, OptionalJson<RevokeToken>>,
) -> Result<HttpResponse, ApiError> {
    let done = revoke(
        &call.app,
        call.who.0.token(),
        call.body.0.token.as_deref(),
        call.origin(),
    )
    .await?;
    Ok(receipt(&done))
}
