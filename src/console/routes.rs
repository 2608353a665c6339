//! The addresses of the console. Each folder of pages lists its own.

use super::{
    account, api_keys, assets, audit_log, clients, faults, jobs, operators, organization, overview,
    platform, reauthenticate, roles, rotation, second_factor, sessions, sign_in, sign_out, tokens,
    webhooks, wechat,
};
use crate::http::{Endpoint, Routes, Surface};

/// The routes. They are not in the `OpenAPI` document.
#[must_use]
pub fn routes() -> Routes {
    let mut endpoints = vec![
        Endpoint::page(overview::PATH, overview::get),
        Endpoint::page(sign_in::PATH, sign_in::get),
        Endpoint::form(sign_in::PATH, sign_in::post),
        Endpoint::page(second_factor::PATH, second_factor::get),
        Endpoint::form(second_factor::PATH, second_factor::post),
        Endpoint::page(reauthenticate::PATH, reauthenticate::get),
        Endpoint::form(reauthenticate::PATH, reauthenticate::post),
        Endpoint::form(sign_out::PATH, sign_out::post),
        Endpoint::form(sign_out::KEEP, sign_out::keep),
        Endpoint::page(organization::PATH, organization::get),
        Endpoint::form(organization::PATH, organization::post),
        Endpoint::page(organization::PASSWORD, organization::password::get),
        Endpoint::form(organization::PASSWORD, organization::password::post),
        Endpoint::page(organization::REVOKE_ALL, organization::revoke_all::get),
        Endpoint::form(organization::REVOKE_ALL, organization::revoke_all::post),
        Endpoint::page(sessions::PATH, sessions::get),
        Endpoint::form(sessions::PATH, sessions::post),
        Endpoint::page(assets::PATH, assets::get),
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
