//! The addresses of the console. Each folder of pages lists its own.

use actix_web::http::Method;

use super::{
    account, api_keys, assets, audit_log, clients, faults, jobs, operators, organization, overview,
    platform, reauthenticate, roles, rotation, second_factor, sessions, sign_in, sign_out, tokens,
    webhooks, wechat,
};
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
