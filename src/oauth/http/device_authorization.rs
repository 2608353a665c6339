//! `POST /oauth/device_authorization` (RFC 8628, section 3.1).

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, PRAGMA};
use serde::Serialize;
use utoipa::ToSchema;

use super::answers::{client, failed, issuer};
use super::form::OAuthForm;
use crate::http::{Anyone, ApiError, Call, ErrorBody};
use crate::oauth::device_authorization::{DeviceAuthorization, authorize};
use crate::oauth::error::Place;
use crate::oauth::paths::DEVICE_AUTHORIZATION;
use crate::oauth::{Endpoint, Failure};
use crate::page::oauth::DEVICE;

/// The parameters of a request for a device code.
#[derive(ToSchema)]
#[allow(dead_code, reason = "it describes the form")]
pub(super) struct DeviceForm {
    /// The scopes, separated by spaces.
    scope: Option<String>,
    /// A resource that the tokens are for (RFC 8707). It may occur more than once.
    resource: Option<String>,
    /// The client's id, unless it is in an `Authorization: Basic` header.
    client_id: Option<String>,
    /// The client's secret, if it has one.
    client_secret: Option<String>,
}

/// The codes (RFC 8628, section 3.2).
// It has no `Debug`: its codes must not reach a log.
#[derive(Serialize, ToSchema)]
pub(super) struct DeviceAnswer {
    /// The code with which the device asks for tokens.
    device_code: String,
    /// The code that the device shows, and its user types.
    user_code: String,
    /// The page on which the user types the code.
    verification_uri: String,
    /// The same page, with the code filled in: for a QR code.
    verification_uri_complete: String,
    /// How long both codes are valid (seconds).
    expires_in: u64,
    /// How long the device must wait between two polls (seconds).
    interval: u64,
}

impl DeviceAnswer {
    fn of(codes: &DeviceAuthorization, issuer: &str) -> Self {
        let user_code = codes.user_code.to_string();
        Self {
            device_code: codes.device_code.to_string(),
            verification_uri: format!("{issuer}{DEVICE}"),
            verification_uri_complete: format!("{issuer}{DEVICE}?user_code={user_code}"),
            user_code,
            expires_in: codes.lifetime.as_secs(),
            interval: codes.interval.as_secs(),
        }
    }
}

/// Issues a code to a device that has no browser, and one that its user types on a page (RFC 8628).
#[utoipa::path(post, path = DEVICE_AUTHORIZATION, tag = "OAuth", security(()),
    request_body(content = DeviceForm, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, body = DeviceAnswer),
        (status = 401, description = "The client failed to authenticate", body = ErrorBody),
        (status = 429, description = "The client has too many live codes", body = ErrorBody)))]
pub(super) async fn device_authorization(
    call: Call<Anyone, OAuthForm>,
) -> Result<HttpResponse, ApiError> {
    let issuer = issuer(&call.app)?;
    let outcome = issue(&call, issuer).await;
    let label = match &outcome {
        Ok(_) => "issued",
        Err(failure) => failure.outcome(),
    };
    let metrics = &call.app.metrics;
    metrics.oauth_request(DEVICE_AUTHORIZATION, "none", label);
    match outcome {
        Ok(codes) => Ok(HttpResponse::Ok()
            .insert_header((CACHE_CONTROL, "no-store"))
            .insert_header((PRAGMA, "no-cache"))
            .json(DeviceAnswer::of(&codes, issuer))),
        Err(failure) => failed(failure, Place::Client),
    }
}

async fn issue(
    call: &Call<Anyone, OAuthForm>,
    issuer: &str,
) -> Result<DeviceAuthorization, Failure> {
    let now = call.app.clock.now();
    let parameters = call.body.parameters();
    let endpoint = Endpoint {
        issuer,
        path: DEVICE_AUTHORIZATION,
    };
    let caller = client(call, &parameters, &endpoint, now).await?;
    let address = call.origin().address;
    authorize(&call.app, issuer, &caller, address, &parameters, now).await
}
