//! The pages: each has a GET that shows it, and a POST that takes its form.

mod assets;
mod consent;
mod device;
mod form;
mod password;
mod second_factor;
mod sign_in;
mod sign_out;
mod step;

pub(super) use sign_out::{confirm, end, return_to};

use actix_web::http::Method;

use crate::http::Endpoint;
use crate::page::oauth::{CONSENT, DEVICE, LOGIN, LOGOUT, PASSWORD, SECOND_FACTOR};

/// The endpoints of the pages.
pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::hidden(LOGIN, Method::GET, sign_in::get),
        Endpoint::hidden(LOGIN, Method::POST, sign_in::post),
        Endpoint::hidden(SECOND_FACTOR, Method::GET, second_factor::get),
        Endpoint::hidden(SECOND_FACTOR, Method::POST, second_factor::post),
        Endpoint::hidden(CONSENT, Method::GET, consent::get),
        Endpoint::hidden(CONSENT, Method::POST, consent::post),
        Endpoint::hidden(DEVICE, Method::GET, device::get),
        Endpoint::hidden(DEVICE, Method::POST, device::post),
        Endpoint::hidden(PASSWORD, Method::GET, password::get),
        Endpoint::hidden(PASSWORD, Method::POST, password::post),
        Endpoint::hidden(LOGOUT, Method::GET, sign_out::get),
        Endpoint::hidden(LOGOUT, Method::POST, sign_out::post),
        Endpoint::hidden(assets::PATH, Method::GET, assets::get),
    ]
}
