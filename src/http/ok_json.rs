//! The response to a request that succeeded, with JSON that is written already.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, HeaderValue};
use actix_web::web::Bytes;

static JSON: HeaderValue = HeaderValue::from_static("application/json");

/// Returns a response with status 200 and this body, which is JSON.
#[must_use]
pub fn ok_json(body: Bytes) -> HttpResponse {
    let mut response = HttpResponse::with_body(StatusCode::OK, body).map_into_boxed_body();
    response.headers_mut().insert(CONTENT_TYPE, JSON.clone());
    response
}
