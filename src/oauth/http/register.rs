//! `POST /oauth/register` (RFC 7591, section 3). It is 404 while `oauth.registration` is off.

use actix_web::http::header::{CACHE_CONTROL, HeaderValue, PRAGMA, WWW_AUTHENTICATE};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Map, Value};

use super::answers::{AuthorizationOnly, failed, issuer, refusal};
use super::metadata::offered;
use crate::authn::{self, Refused};
use crate::http::{Anyone, ApiError, Body, Call, ErrorBody, Json, JsonBody};
use crate::oauth::error::{BEARER_CHALLENGE, OAuthError, Place, Scheme};
use crate::oauth::paths::REGISTER;
use crate::oauth::register::{RegisteredClient, register as verb};

/// The maximum size of a body in bytes.
const LIMIT: usize = 64 * 1024;

const PLACE: Place = Place::Resource(Scheme::Bearer);

/// The body: a JSON object, or the reason why it is no object. Only a caller with a valid token
/// receives the reason.
pub(super) struct Members(Result<Map<String, Value>, ApiError>);

/// The members of a JSON object.
#[derive(serde::Deserialize)]
#[serde(transparent)]
struct Object(Map<String, Value>);

impl JsonBody for Object {}

impl Body for Members {
    const LIMIT: Option<usize> = Some(LIMIT);

    fn parse(request: &HttpRequest, bytes: &[u8]) -> Result<Self, ApiError> {
        let read = Json::<Object>::parse(request, bytes);
        Ok(Self(read.map(|Json(Object(members))| members)))
    }
}

/// Registers a client (RFC 7591). The caller has an initial access token.
#[utoipa::path(post, path = REGISTER, tag = "OAuth",
    request_body(content = serde_json::Value, content_type = "application/json"),
    responses((status = 201, body = RegisteredClient),
        (status = 401, description = "The initial access token is missing, unknown or used up", body = ErrorBody),
        (status = 404, description = "Registration is off", body = ErrorBody),
        (status = 429, description = "Too many requests or wrong tokens from this address", body = ErrorBody)))]
pub(super) async fn register(call: Call<Anyone, Members>) -> Result<HttpResponse, ApiError> {
    if !call.app.settings.oauth.registration {
        return Err(ApiError::not_found());
    }
    let headers = AuthorizationOnly(call.headers());
    let token = match authn::presented(&headers) {
        Ok(Some(credential)) if credential.scheme == Scheme::Bearer => credential.text,
        Ok(_) | Err(Refused::WrongScheme) => {
            // Without a token the challenge names no error (RFC 6750, section 3).
            let mut response = refusal(&OAuthError::invalid_token(), PLACE, None);
            let challenge = HeaderValue::from_static(BEARER_CHALLENGE);
            response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
            return Ok(response);
        }
        Err(Refused::Ambiguous) => return Err(Refused::Ambiguous.into()),
        Err(_) => return Ok(refusal(&OAuthError::invalid_token(), PLACE, None)),
    };
    let offered = offered(&call.app, issuer(&call.app)?);
    let (origin, now) = (call.origin(), call.app.clock.now());
    let members = call.body.0.as_ref().ok();
    let outcome = verb(&call.app, &offered, token, members, origin, now).await;
    let label = match &outcome {
        Ok(_) => "registered",
        Err(failure) => failure.outcome(),
    };
    call.app.metrics.oauth_request(REGISTER, "none", label);
    match outcome {
        Ok(registered) => Ok(HttpResponse::Created()
            .insert_header((CACHE_CONTROL, "no-store"))
            .insert_header((PRAGMA, "no-cache"))
            .json(registered)),
        Err(failure) => failed(failure, PLACE),
    }
}
