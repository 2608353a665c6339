//! `/.well-known/jwks.json` (RFC 7517, RFC 8414).

use actix_web::HttpResponse;
use actix_web::http::header::CACHE_CONTROL;

use super::Jwks;
use crate::http::{Anyone, ApiError, Call, Routes, Surface, endpoints};

/// The path of the JWK set.
pub const JWKS: &str = "/.well-known/jwks.json";

/// Returns the routes.
#[must_use]
pub fn routes() -> Routes {
    Routes::new(Surface::Flat, endpoints![jwks,]).cross_origin()
}

/// Returns the public keys: those that sign, those that will sign next, and those whose tokens can
/// still be valid.
#[utoipa::path(get, path = JWKS, tag = "Keys", security(()), responses((status = 200, body = Jwks, content_type = "application/jwk-set+json")))]
pub async fn jwks(call: Call<Anyone>) -> Result<HttpResponse, ApiError> {
    let app = &call.app;
    // A node without a lease could publish keys that are revoked, and lack those that will sign
    // next.
    let ring = app
        .tokens
        .validator
        .leased_ring()
        .ok_or_else(ApiError::stale)?;
    let cache_time = app.tokens.keys.rules().cache_time.as_secs();
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, format!("public, max-age={cache_time}")))
        .content_type("application/jwk-set+json")
        .json(Jwks::of(&ring)))
}
