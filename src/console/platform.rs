//! The pages of the platform: for those who run the service, not an organization. They sign in with
//! accounts and sessions of their own, always with a second factor, and see nothing that belongs to the
//! persons of an organization.
//!
//! Every act of a page asks for a recent proof of identity. Only what ends the admin's own sessions
//! does not.

mod account;
mod admins;
pub(super) mod audit;
pub(super) mod gate;
mod host;
mod jobs;
mod keys;
mod nodes;
pub(super) mod organizations;
mod overview;
mod reauthenticate;
mod resume;
mod second_factor;
mod sign_in;
mod sign_out;
pub(super) mod visit;
pub(super) mod webhooks;

use super::page::NavigationGroup;
use super::person;
use super::visit::Visit;
use crate::http::Endpoint;

pub(super) const HOME: &str = "/console/platform";
pub(super) const SIGN_IN: &str = "/console/platform/sign-in";
pub(super) const SECOND_FACTOR: &str = "/console/platform/sign-in/second";
pub(super) const REAUTHENTICATE: &str = "/console/platform/re-authenticate";

/// The endpoints of these pages.
pub(super) fn endpoints() -> Vec<Endpoint> {
    let mut endpoints = vec![
        Endpoint::page(SIGN_IN, sign_in::get),
        Endpoint::form(SIGN_IN, sign_in::post),
        Endpoint::page(SECOND_FACTOR, second_factor::get),
        Endpoint::form(SECOND_FACTOR, second_factor::post),
        Endpoint::page(REAUTHENTICATE, reauthenticate::get),
        Endpoint::form(REAUTHENTICATE, reauthenticate::post),
        Endpoint::form(sign_out::PATH, sign_out::post),
        Endpoint::form(sign_out::KEEP, sign_out::keep),
    ];
    endpoints.extend(overview::endpoints());
    endpoints.extend(organizations::endpoints());
    endpoints.extend(nodes::endpoints());
    endpoints.extend(jobs::endpoints());
    endpoints.extend(keys::endpoints());
    endpoints.extend(admins::endpoints());
    endpoints.extend(webhooks::endpoints());
    endpoints.extend(audit::endpoints());
    endpoints.extend(account::endpoints());
    endpoints
}

/// The links of the navigation, with the message of each.
fn navigation(visit: &Visit, is_there: bool) -> Vec<NavigationGroup> {
    let pages = [
        (HOME, "overview"),
        (organizations::PATH, "platform-organizations"),
        (nodes::PATH, "platform-nodes"),
        (jobs::PATH, "platform-jobs"),
        (keys::PATH, "signing-keys"),
        (admins::PATH, "platform-admins"),
        (webhooks::PATH, "webhooks"),
        (audit::PATH, "audit-log"),
        (account::PATH, "account"),
    ];
    vec![person::group(visit, is_there, None, &pages)]
}
