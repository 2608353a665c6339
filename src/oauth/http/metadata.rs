//! The metadata document, at both of its addresses (RFC 8414, section 3; OpenID Connect Discovery,
//! section 4).

use actix_web::HttpResponse;
use actix_web::http::header::CACHE_CONTROL;

use super::answers::issuer;
use crate::app::App;
use crate::http::{Anyone, ApiError, Call};
use crate::oauth::metadata::{Metadata, Offered};
use crate::oauth::token::GRANTS;
use crate::signing_keys::http::JWKS;

/// How long a document may be kept (seconds): it changes with the configuration only.
pub(super) const CACHED: &str = "public, max-age=300";

/// Returns what this authorization server offers (RFC 8414).
#[utoipa::path(get, path = "/.well-known/oauth-authorization-server", tag = "OAuth", security(()),
    responses((status = 200, body = serde_json::Value)))]
pub(super) async fn authorization_server(call: Call<Anyone>) -> Result<HttpResponse, ApiError> {
    document(&call)
}

/// Returns what this provider of OpenID Connect offers: the same document.
#[utoipa::path(get, path = "/.well-known/openid-configuration", tag = "OAuth", security(()),
    responses((status = 200, body = serde_json::Value)))]
pub(super) async fn openid_configuration(call: Call<Anyone>) -> Result<HttpResponse, ApiError> {
    document(&call)
}

fn document(call: &Call<Anyone>) -> Result<HttpResponse, ApiError> {
    let offered = offered(&call.app, issuer(&call.app)?);
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, CACHED))
        .json(Metadata::new(&offered)))
}

/// Returns what this service offers.
pub(super) fn offered<'a>(app: &App, issuer: &'a str) -> Offered<'a> {
    Offered {
        issuer,
        jwks_path: JWKS,
        grants: &GRANTS,
        private_key_jwt: true,
        par: true,
        dpop: true,
        registration: app.settings.oauth.registration,
    }
}
