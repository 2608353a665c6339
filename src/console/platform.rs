//! The pages of the platform: for those who run the service, not an organization. They sign in with
//! accounts and sessions of their own, always with a second factor, and see nothing that belongs to the
//! persons of an organization.
//!
//! Every act of a page asks for a proof of late who the admin is. Only what ends the admin's own
//! sessions does not.

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

use actix_web::http::Method;

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
    let (get, post) = (Method::GET, Method::POST);
    let mut endpoints = vec![
        Endpoint::hidden(SIGN_IN, get.clone(), sign_in::get),
        Endpoint::hidden(SIGN_IN, post.clone(), sign_in::post),
        Endpoint::hidden(SECOND_FACTOR, get.clone(), second_factor::get),
        Endpoint::hidden(SECOND_FACTOR, post.clone(), second_factor::post),
        Endpoint::hidden(REAUTHENTICATE, get, reauthenticate::get),
        Endpoint::hidden(REAUTHENTICATE, post.clone(), reauthenticate::post),
        Endpoint::hidden(sign_out::PATH, post.clone(), sign_out::post),
        Endpoint::hidden(sign_out::KEEP, post, sign_out::keep),
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
