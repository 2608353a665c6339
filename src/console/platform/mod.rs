//! The pages of the platform: for those who run the service, not an organization. They sign in with
//! accounts and sessions of their own, always with a second factor, and see nothing that belongs to the
//! persons of an organization.
//!
//! Every act of a page asks for a proof of late who the admin is. Only what ends the admin's own
//! sessions does not.

mod account;
mod admins;
pub(super) mod gate;
mod reauthenticate;
mod resume;
mod second_factor;
mod sign_in;
mod sign_out;
pub(super) mod visit;

use actix_web::http::Method;

use super::answers::redirect;
use super::gate::Answer;
use super::page::NavigationGroup;
use super::person;
use super::sent::Sent;
use super::visit::Visit;
use crate::http::{Anyone, Call, Endpoint};
use visit::Admin;

pub(super) const HOME: &str = "/console/platform";
pub(super) const SIGN_IN: &str = "/console/platform/sign-in";
pub(super) const SECOND_FACTOR: &str = "/console/platform/sign-in/second";
pub(super) const REAUTHENTICATE: &str = "/console/platform/re-authenticate";

/// The page that [`HOME`] leads to.
const FIRST: &str = admins::PATH;

/// The endpoints of these pages.
pub(super) fn endpoints() -> Vec<Endpoint> {
    let (get, post) = (Method::GET, Method::POST);
    let mut endpoints = vec![
        Endpoint::hidden(HOME, get.clone(), home),
        Endpoint::hidden(SIGN_IN, get.clone(), sign_in::get),
        Endpoint::hidden(SIGN_IN, post.clone(), sign_in::post),
        Endpoint::hidden(SECOND_FACTOR, get.clone(), second_factor::get),
        Endpoint::hidden(SECOND_FACTOR, post.clone(), second_factor::post),
        Endpoint::hidden(REAUTHENTICATE, get, reauthenticate::get),
        Endpoint::hidden(REAUTHENTICATE, post.clone(), reauthenticate::post),
        Endpoint::hidden(sign_out::PATH, post.clone(), sign_out::post),
        Endpoint::hidden(sign_out::KEEP, post, sign_out::keep),
    ];
    endpoints.extend(admins::endpoints());
    endpoints.extend(account::endpoints());
    endpoints
}

/// The links of the navigation, with the message of each.
fn navigation(visit: &Visit, is_there: bool) -> Vec<NavigationGroup> {
    let pages = [
        (admins::PATH, "platform-admins"),
        (account::PATH, "account"),
    ];
    vec![person::group(visit, is_there, None, &pages)]
}

async fn home(call: Call<Anyone, Sent>) -> Answer {
    gate::show(call, async |_: &Admin| redirect(FIRST)).await
}
