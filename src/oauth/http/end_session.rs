//! Sign-out at the request of a client (OpenID Connect RP-Initiated Logout 1.0, section 2).

use actix_web::HttpResponse;
use actix_web::http::Method;

use super::authorize::begin;
use super::pages::{confirm, end, return_to};
use super::raw_form::{RawForm, by_form, by_query};
use super::visit::{Refusal, Visit};
use crate::http::{Anyone, ApiError, Call, Endpoint, pairs};
use crate::oauth::Parameters;
use crate::oauth::browser::{EndSession, end_session};
use crate::oauth::paths::END_SESSION;
use crate::page::oauth::PageError;
use crate::session::Stage;

/// The known parameters. Others are ignored.
const KNOWN: [&str; 6] = [
    "id_token_hint",
    "client_id",
    "post_logout_redirect_uri",
    "state",
    "ui_locales",
    "view",
];

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::hidden(END_SESSION, Method::GET, get),
        Endpoint::hidden(END_SESSION, Method::POST, post),
    ]
}

async fn get(call: Call<Anyone>) -> Result<HttpResponse, ApiError> {
    by_query(call, answer).await
}

async fn post(call: Call<Anyone, RawForm>) -> Result<HttpResponse, ApiError> {
    by_form(call, END_SESSION, answer).await
}

async fn answer(visit: &Visit, sent: &[u8]) -> Result<HttpResponse, Refusal> {
    let parameters = &pairs(sent, |name| KNOWN.contains(&name))?;
    visit.learn_language().await;
    let look = visit.look(parameters);
    let once = Parameters::new(parameters);
    if KNOWN.iter().any(|name| once.one(name).is_err()) {
        return visit.error_page(look, PageError::BadRequest);
    }
    let asked = match end_session(&visit.app, &once).await? {
        Ok(asked) => asked,
        Err(why) => return visit.error_page(look, why.into()),
    };
    let Some(found) = visit.signed_in().await? else {
        return return_to(visit, look, &asked, None);
    };
    if asked.sid == Some(found.session.sid) {
        let cookie = end(visit, None).await?;
        return return_to(visit, look, &asked, Some(&cookie));
    }
    let request = match kept(&asked, parameters) {
        Some(kept) => Some(begin(visit, Stage::SignOut, kept, None).await?.0),
        None => None,
    };
    confirm(visit, parameters, &found, &asked, request.as_deref()).await
}

/// Returns the parameters that are stored for the page's form. `None` if the request names no
/// client.
fn kept(asked: &EndSession, parameters: &[(String, String)]) -> Option<Vec<(String, String)>> {
    let client = asked.participants.as_ref()?.client();
    let mut kept = vec![("client_id".to_owned(), client.id.to_string())];
    if let Some(place) = &asked.return_to {
        kept.push(("post_logout_redirect_uri".to_owned(), place.uri.clone()));
        let state = place.state.clone();
        kept.extend(state.map(|state| ("state".to_owned(), state)));
    }
    let looks = parameters.iter();
    let looks = looks.filter(|(name, _)| ["ui_locales", "view"].contains(&name.as_str()));
    kept.extend(looks.take(2).cloned());
    Some(kept)
}
