//! The endpoints of OAuth over HTTP.

mod answers;
mod authorize;
mod device_authorization;
mod end_session;
mod form;
mod introspect;
mod metadata;
mod pages;
mod par;
mod protected_resource;
mod raw_form;
mod register;
mod revoke;
mod token;
mod userinfo;
mod visit;

use actix_web::http::Method;

use crate::http::{Endpoint, Routes, Surface, endpoints};
use crate::oauth::paths::SERVICE_RESOURCE;

/// Returns the routes that scripts of every origin may call.
#[must_use]
pub fn routes() -> Routes {
    Routes::new(
        Surface::OAuth,
        endpoints![
            token::token,
            token::access_token,
            token::router,
            device_authorization::device_authorization,
            par::push,
            revoke::revoke,
            userinfo::userinfo,
            userinfo::post_userinfo,
            metadata::authorization_server,
            metadata::openid_configuration,
            protected_resource::protected_resource,
        ],
    )
    .of_oauth()
    .cross_origin()
}

/// Returns the route that describes services behind proxies. Its path has any number of segments, which
/// an OpenAPI document cannot say.
#[must_use]
pub fn service_routes() -> Routes {
    let of_path = Endpoint::hidden(SERVICE_RESOURCE, Method::GET, protected_resource::of_path);
    Routes::new(Surface::OAuth, vec![of_path])
        .of_oauth()
        .cross_origin()
}

/// Returns the routes that only servers call.
#[must_use]
pub fn server_routes() -> Routes {
    Routes::new(
        Surface::OAuth,
        endpoints![introspect::introspect, register::register],
    )
    .of_oauth()
}

/// Returns the routes that browsers are sent to: the authorization endpoint, the pages, sign-out, and
/// the stylesheet.
#[must_use]
pub fn browser_routes() -> Routes {
    let mut endpoints = authorize::endpoints();
    endpoints.extend(end_session::endpoints());
    endpoints.extend(pages::endpoints());
    Routes::new(Surface::Page, endpoints).of_oauth()
}
