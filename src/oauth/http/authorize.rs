//! The authorization endpoint (RFC 6749, section 3.1).

use actix_web::HttpResponse;
use actix_web::http::Method;

use super::raw_form::{RawForm, by_form, by_query};
use super::visit::{Refusal, Visit};
use crate::base::Digest;
use crate::http::{Anyone, ApiError, Call, Endpoint, pairs};
use crate::oauth::browser::{Moment, Next, next, participants};
use crate::oauth::paths::AUTHORIZE;
use crate::oauth::{Parameters, authorize};
use crate::page::oauth::{CONSENT, LOGIN};
use crate::session::{self, Browser, PageRequest, REQUEST_LIFETIME, Stage};

/// The known parameters. Others are ignored.
const KNOWN: [&str; 19] = [
    "client_id",
    "redirect_uri",
    "response_type",
    "response_mode",
    "scope",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
    "prompt",
    "max_age",
    "login_hint",
    "id_token_hint",
    "ui_locales",
    "view",
    "resource",
    "dpop_jkt",
    "request",
    "request_uri",
];

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::hidden(AUTHORIZE, Method::GET, get),
        Endpoint::hidden(AUTHORIZE, Method::POST, post),
    ]
}

async fn get(call: Call<Anyone>) -> Result<HttpResponse, ApiError> {
    by_query(call, answer).await
}

async fn post(call: Call<Anyone, RawForm>) -> Result<HttpResponse, ApiError> {
    by_form(call, AUTHORIZE, answer).await
}

async fn answer(visit: &Visit, sent: &[u8]) -> Result<HttpResponse, Refusal> {
    let parameters = pairs(sent, |name| KNOWN.contains(&name))?;
    let moment = Moment {
        issuer: &visit.issuer,
        parameters: &parameters,
        browser: visit.digest(),
        page_request: None,
        allowed: false,
    };
    let look = visit.look(&parameters);
    let path = match next(&visit.app, moment).await? {
        Next::Page(why) => return visit.error_page(look, why.into()),
        Next::Client(url) => return visit.see(&url, None),
        Next::SignIn => LOGIN,
        Next::Consent(_) => CONSENT,
    };
    let (id, cookie) = begin(visit, Stage::Authorization, parameters).await?;
    let url = look.link(path, &[("request", Some(&id))]);
    visit.see(&url, cookie.as_ref())
}

/// Stores a client's request for the pages that follow. Returns its id, and the browser's new
/// cookie if it had none.
///
/// # Errors
/// Returns [`PageError::Throttled`](crate::page::oauth::PageError::Throttled) if browsers of this
/// address began too many requests.
pub(super) async fn begin(
    visit: &Visit,
    stage: Stage,
    parameters: Vec<(String, String)>,
) -> Result<(String, Option<Browser>), Refusal> {
    let throttle = &visit.app.logins.throttle;
    if let Err(throttled) = throttle.begin_request(visit.origin.address) {
        let metrics = &visit.app.metrics;
        metrics.oauth_request(AUTHORIZE, "none", "rate_limited");
        return Err(throttled.into());
    }
    let client = authorize::client_id(&Parameters::new(&parameters))?;
    let known = participants(&visit.app, &client).await?;
    let organization = known
        .ok_or(authorize::PageError::Client)?
        .client()
        .organization;
    let cookie = visit.browser.is_none().then(Browser::draw);
    let browser = visit.browser.as_ref().or(cookie.as_ref());
    let browser = browser.ok_or_else(ApiError::internal)?.digest();
    let id = PageRequest::draw();
    let request = PageRequest {
        digest: Digest::of(&id),
        browser,
        organization,
        client,
        stage,
        parameters,
        signed_in_sid: None,
        shown: None,
        expires_at: visit.now.plus(REQUEST_LIFETIME),
    };
    let write = move |conn: &mut _| session::store::begin(conn, request);
    visit.app.db.write(write).await?;
    Ok((id, cookie))
}
