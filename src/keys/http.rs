//! `/.well-known/jwks.json` (RFC 7517, RFC 8414).

use actix_web::HttpResponse;
use actix_web::http::header::CACHE_CONTROL;

use super::Jwks;
use crate::http::{Anyone, Call};

/// The public keys.
#[utoipa::path(get, path = "/.well-known/jwks.json", tag = "Keys", security(()), responses((status = 200, body = Jwks)))]
pub async fn jwks(call: Call<Anyone>) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "public, max-age=300"))
        .content_type("application/jwk-set+json")
        .json(Jwks::of(&call.app.validator.ring()))
}
