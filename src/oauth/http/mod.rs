//! The endpoints of OAuth over HTTP.

mod authorize;
mod end_session;
mod pages;
mod visit;

use crate::http::Routes;

/// The routes that browsers use: the authorization endpoint, the pages, sign-out, and the stylesheet.
#[must_use]
pub fn browser_routes() -> Routes {
    pages::routes(authorize::endpoints(), end_session::endpoints())
}
