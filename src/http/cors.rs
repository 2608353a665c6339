//! Cross-origin requests (WHATWG Fetch): the routes that scripts of any origin may call. They never
//! read a cookie, so every origin is allowed, and never with credentials of the browser.

use actix_web::HttpResponse;
use actix_web::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, HeaderMap, HeaderValue,
};

/// The headers that a script may send.
const ALLOWED: HeaderValue = HeaderValue::from_static("Authorization, Content-Type, DPoP");

/// The headers of a response that a script may read, besides those that it always may.
const EXPOSED: HeaderValue = HeaderValue::from_static("DPoP-Nonce, WWW-Authenticate, Retry-After");

/// How long a browser may remember a preflight (seconds).
const MAX_AGE: HeaderValue = HeaderValue::from_static("600");

const EVERY_ORIGIN: HeaderValue = HeaderValue::from_static("*");

/// Returns the response to a preflight. `methods` are those of the path, separated by commas.
pub(super) fn preflight(methods: &'static str) -> HttpResponse {
    HttpResponse::NoContent()
        .insert_header((ACCESS_CONTROL_ALLOW_METHODS, methods))
        .insert_header((ACCESS_CONTROL_ALLOW_HEADERS, ALLOWED))
        .insert_header((ACCESS_CONTROL_MAX_AGE, MAX_AGE))
        .finish()
}

/// Lets scripts of every origin read a response.
pub(super) fn allow(headers: &mut HeaderMap) {
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, EVERY_ORIGIN);
    headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
}
