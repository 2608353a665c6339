//! The description of Lanyard's own API as a resource (RFC 9728).

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, HeaderValue, WWW_AUTHENTICATE};

use super::answers::issuer;
use super::metadata::{CACHED, offered};
use crate::http::{Anyone, ApiError, Call};
use crate::oauth::paths::PROTECTED_RESOURCE;
use crate::oauth::protected_resource::ProtectedResource;

/// Returns which authorization server issues tokens for this API, and how they are sent (RFC 9728).
#[utoipa::path(get, path = PROTECTED_RESOURCE, tag = "OAuth", security(()),
    responses((status = 200, body = serde_json::Value)))]
pub(super) async fn protected_resource(call: Call<Anyone>) -> Result<HttpResponse, ApiError> {
    let offered = offered(&call.app, issuer(&call.app)?);
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, CACHED))
        .json(ProtectedResource::new(&offered)))
}

/// Adds to each challenge of a 401 where the description is (RFC 9728, section 5.1). Other responses
/// stay as they are.
pub(super) fn point_to_description(issuer: &str, response: &mut HttpResponse) {
    if response.status() != StatusCode::UNAUTHORIZED {
        return;
    }
    let headers = response.headers_mut();
    let challenges: Vec<_> = headers.remove(WWW_AUTHENTICATE).collect();
    for challenge in challenges {
        let pointing = challenge.to_str().ok().and_then(|challenge| {
            let url = format!("{issuer}{PROTECTED_RESOURCE}");
            HeaderValue::try_from(format!("{challenge}, resource_metadata=\"{url}\"")).ok()
        });
        headers.append(WWW_AUTHENTICATE, pointing.unwrap_or(challenge));
    }
}
