//! The console: what the admins of an organization do in a browser. A page is another door to the
//! verb of a feature: the same rule, the same audit event, and the same silence towards other
//! organizations.
//!
//! - `gate` decides who may see a page, and in which order a form is refused.
//! - `page` has the parts that pages are made of; their templates are in `templates/console/`.
//! - GET changes nothing but a cookie of preferences, and takes away the notice that it shows. POST
//!   changes one thing.
//! - A secret is in the response to one POST, and nowhere else.

mod account;
mod answers;
mod api_keys;
mod area;
mod assets;
mod audit_log;
mod cells;
mod clients;
mod download;
mod everything;
mod faults;
mod gate;
mod headers;
mod host;
mod jobs;
mod operators;
mod organization;
mod overview;
mod page;
mod person;
mod platform;
mod policy;
mod preferences;
mod reauthenticate;
mod refusal;
mod resume;
mod roles;
mod root;
mod rotation;
mod sealed;
mod second_factor;
mod sent;
mod sessions;
mod shown;
mod sign_in;
mod sign_out;
mod tokens;
mod visit;
mod webhooks;
mod wechat;

pub use root::unmatched;

use actix_web::http::Method;

use crate::http::{Endpoint, Routes, Surface};

/// The routes. They are not in the `OpenAPI` document.
#[must_use]
pub fn routes() -> Routes {
    let (get, post) = (Method::GET, Method::POST);
    let mut endpoints = vec![
        Endpoint::hidden(overview::PATH, get.clone(), overview::get),
        Endpoint::hidden(sign_in::PATH, get.clone(), sign_in::get),
        Endpoint::hidden(sign_in::PATH, post.clone(), sign_in::post),
        Endpoint::hidden(second_factor::PATH, get.clone(), second_factor::get),
        Endpoint::hidden(second_factor::PATH, post.clone(), second_factor::post),
        Endpoint::hidden(reauthenticate::PATH, get.clone(), reauthenticate::get),
        Endpoint::hidden(reauthenticate::PATH, post.clone(), reauthenticate::post),
        Endpoint::hidden(sign_out::PATH, post.clone(), sign_out::post),
        Endpoint::hidden(sign_out::KEEP, post.clone(), sign_out::keep),
        Endpoint::hidden(organization::PATH, get.clone(), organization::get),
        Endpoint::hidden(organization::PATH, post.clone(), organization::post),
        Endpoint::hidden(
            organization::PASSWORD,
            get.clone(),
            organization::password::get,
        ),
        Endpoint::hidden(
            organization::PASSWORD,
            post.clone(),
            organization::password::post,
        ),
        Endpoint::hidden(
            organization::REVOKE_ALL,
            get.clone(),
            organization::revoke_all::get,
        ),
        Endpoint::hidden(
            organization::REVOKE_ALL,
            post.clone(),
            organization::revoke_all::post,
        ),
        Endpoint::hidden(sessions::PATH, get.clone(), sessions::get),
        Endpoint::hidden(sessions::PATH, post, sessions::post),
        Endpoint::hidden(assets::PATH, get, assets::get),
    ];
    endpoints.extend(operators::endpoints());
    endpoints.extend(jobs::endpoints());
    endpoints.extend(tokens::endpoints());
    endpoints.extend(rotation::endpoints());
    endpoints.extend(api_keys::endpoints());
    endpoints.extend(clients::endpoints());
    endpoints.extend(roles::endpoints());
    endpoints.extend(wechat::endpoints());
    endpoints.extend(webhooks::endpoints());
    endpoints.extend(audit_log::endpoints());
    endpoints.extend(account::endpoints());
    endpoints.extend(platform::endpoints());
    Routes::new(Surface::Page, endpoints).showing_faults(faults::show)
}
