//! `/auth/login`, `/auth/logout`, `/auth/password` (guides 000 and 004).

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, HeaderValue};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::profile;
use crate::http::{
    Anyone, ApiError, Call, Json, JsonBody, NestedErrorBody, Routes, Session, Surface, endpoints,
    json_member,
};
use crate::operator::password::{self, ChangeError};
use crate::operator::session::{self, OpenError};
use crate::revocation::http::receipt;
use crate::session::end_others;
use crate::token::SESSION_LIFETIME;

/// The routes of sessions.
#[must_use]
pub fn routes() -> Routes {
    Routes::new(
        Surface::Nested,
        endpoints![log_in, log_out, change_password, profile::own],
    )
    // Guide 004's front ends call them from other origins.
    .cross_origin()
}

/// What an operator signs in with.
#[derive(Deserialize, ToSchema)]
#[schema(as = SignIn)]
pub struct LogIn {
    /// The organization's login, `/`, and the operator's username or email, in any case. A name
    /// without `/` belongs to the organization of the setting `sessions.organization`, or to the
    /// only one that there is.
    #[schema(example = "acme/lan")]
    username: String,
    /// Its password.
    #[schema(value_type = String, format = Password)]
    #[serde(deserialize_with = "json_member::secret")]
    password: SecretString,
}

impl JsonBody for LogIn {}

/// A session.
#[derive(Serialize, ToSchema)]
pub struct SessionView {
    /// The session, to be sent as `Authorization: Bearer …`.
    token: String,
    /// `Bearer`.
    token_type: &'static str,
    /// How long it is valid (seconds).
    expires_in: u64,
}

impl From<OpenError> for ApiError {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::Login(error) => error.into(),
            OpenError::SecondFactor => Self::forbidden(
                "this operator signs in with a second factor, which only the sign-in page asks for",
            ),
        }
    }
}

/// Signs an operator in. The session is valid for an hour.
#[utoipa::path(post, path = "/auth/login", tag = "Sessions", request_body = LogIn, security(()),
    responses((status = 200, body = SessionView),
        (status = 401, description = "Name or password is wrong, or the operator may not sign in", body = NestedErrorBody),
        (status = 403, description = "The operator has a second factor", body = NestedErrorBody),
        (status = 429, description = "Too many attempts: `Retry-After` says when to try again", body = NestedErrorBody)))]
pub async fn log_in(call: Call<Anyone, Json<LogIn>>) -> Result<HttpResponse, ApiError> {
    let origin = call.origin();
    let LogIn { username, password } = call.body.0;
    let token = session::open(&call.app, &username, password, origin).await?;
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, HeaderValue::from_static("no-store")))
        .json(SessionView {
            token,
            token_type: "Bearer",
            expires_in: SESSION_LIFETIME.as_secs(),
        }))
}

/// Ends the session that is presented. No node accepts it when this answers.
#[utoipa::path(post, path = "/auth/logout", tag = "Sessions", responses((status = 204)))]
pub async fn log_out(call: Call<Session>) -> Result<HttpResponse, ApiError> {
    let done = session::close(&call.app, *call.who.0.token(), call.origin()).await?;
    Ok(receipt(&done))
}

/// The present and the new password.
#[derive(Deserialize, ToSchema)]
pub struct ChangePassword {
    /// The present password.
    #[schema(value_type = String, format = Password)]
    #[serde(deserialize_with = "json_member::secret")]
    current: SecretString,
    /// The new one: 1 to 72 bytes in UTF-8.
    #[schema(value_type = String, format = Password)]
    #[serde(deserialize_with = "json_member::secret")]
    new: SecretString,
}

impl JsonBody for ChangePassword {}

impl From<ChangeError> for ApiError {
    fn from(error: ChangeError) -> Self {
        match error {
            ChangeError::Revoked => Self::token_revoked(),
            ChangeError::Login(error) => error.into(),
            ChangeError::New(error) => error.into(),
            ChangeError::Manage(error) => error.into(),
        }
    }
}

/// Changes the password of the operator whose session is presented. Its other sessions have ended
/// when this answers; this one and the operator's tokens stay.
#[utoipa::path(post, path = "/auth/password", tag = "Sessions", request_body = ChangePassword,
    responses((status = 204),
        (status = 401, description = "The present password is wrong", body = NestedErrorBody),
        (status = 429, description = "Too many attempts: `Retry-After` says when to try again", body = NestedErrorBody)))]
pub async fn change_password(
    call: Call<Session, Json<ChangePassword>>,
) -> Result<HttpResponse, ApiError> {
    let (origin, session) = (call.origin(), *call.who.0.token());
    let ChangePassword { current, new } = call.body.0;
    let others = end_others(&call.app, &session);
    let done = password::change_own(&call.app, session, current, new, origin, others).await?;
    Ok(receipt(&done))
}
