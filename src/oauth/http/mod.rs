//! The endpoints of OAuth over HTTP.

mod answers;
mod form;
mod introspect;
mod metadata;
mod revoke;
mod token;
mod userinfo;

use crate::http::{Routes, Surface, endpoints};

/// Returns the routes that scripts of every origin may call.
#[must_use]
pub fn routes() -> Routes {
    Routes::new(
        Surface::OAuth,
        endpoints![
            token::token,
            token::access_token,
            token::router,
            revoke::revoke,
            userinfo::userinfo,
            userinfo::post_userinfo,
            metadata::authorization_server,
            metadata::openid_configuration,
        ],
    )
    .of_oauth()
    .cross_origin()
}

/// Returns the routes that only servers call.
#[must_use]
pub fn server_routes() -> Routes {
    Routes::new(Surface::OAuth, endpoints![introspect::introspect,]).of_oauth()
}
