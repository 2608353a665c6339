//! The authorization endpoint (RFC 6749, section 3.1).

use actix_web::HttpResponse;
use actix_web::http::Method;

use super::raw_form::{RawForm, by_form, by_query};
use super::visit::{Refusal, Visit};
use crate::base::Digest;
use crate::http::{Anyone, ApiError, Call, Endpoint, pairs};
use crate::oauth::authorize::PARAMETERS;
use crate::oauth::browser::{Moment, Next, next, open_pushed, participants};
use crate::oauth::paths::AUTHORIZE;
use crate::oauth::{Parameters, authorize};
use crate::page::oauth::{CONSENT, LOGIN};
use crate::session::{self, Browser, PageRequest, PushedRequest, REQUEST_LIFETIME, Stage};

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
    let parameters = pairs(sent, |name| PARAMETERS.contains(&name))?;
    let (app, browser) = (&visit.app, visit.digest());
    let pushed = open_pushed(app, &Parameters::new(&parameters), browser, visit.now).await??;
    let parameters = match &pushed {
        // Only `client_id` counts beside a `request_uri` (RFC 9126, section 4).
        Some(pushed) => pushed.parameters.clone(),
        None => parameters,
    };
    let moment = Moment {
        issuer: &visit.issuer,
        parameters: &parameters,
        browser,
        pushed: pushed.as_ref(),
        page_request: None,
        allowed: false,
    };
    let look = || match &pushed {
        Some(_) => visit.look_as_pushed(&parameters),
        None => visit.look(&parameters),
    };
    let path = match next(app, moment).await? {
        Next::Page(why) => {
            visit.learn_language().await;
            return visit.error_page(look(), why.into());
        }
        Next::Client(url) => return visit.see(&url, None),
        Next::SignIn => LOGIN,
        Next::Consent(_) => CONSENT,
    };
    let look = look();
    let (id, cookie) = begin(visit, Stage::Authorization, parameters, pushed).await?;
    let url = look.link(path, &[("request", Some(&id))]);
    visit.see(&url, cookie.as_ref())
}

/// Stores a client's request for the pages that follow. `pushed` is the request that the client
/// pushed; `None` if the browser brought the parameters. Returns its id, and the browser's new
/// cookie if it had none.
///
/// # Errors
/// Returns [`PageError::Throttled`](crate::page::oauth::PageError::Throttled) if browsers of this
/// address began too many requests.
pub(super) async fn begin(
    visit: &Visit,
    stage: Stage,
    parameters: Vec<(String, String)>,
    pushed: Option<PushedRequest>,
) -> Result<(String, Option<Browser>), Refusal> {
    let id = PageRequest::draw();
    let cookie = begin_with(visit, &id, stage, parameters, pushed).await?;
    Ok((id, cookie))
}

/// Does the same with an id that was drawn before. Returns the browser's new cookie if it had none.
pub(super) async fn begin_with(
    visit: &Visit,
    id: &str,
    stage: Stage,
    parameters: Vec<(String, String)>,
    pushed: Option<PushedRequest>,
) -> Result<Option<Browser>, Refusal> {
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
    let request = PageRequest {
        digest: Digest::of(id),
        browser,
        organization,
        client,
        stage,
        parameters,
        pushed: pushed.as_ref().map(|pushed| pushed.digest),
        signed_in_sid: None,
        shown: None,
        expires_at: match pushed {
            Some(pushed) => pushed.page_expires_at(visit.now),
            None => visit.now.plus(REQUEST_LIFETIME),
        },
    };
    let write = move |conn: &mut _| session::store::begin(conn, request);
    visit.app.db.write(write).await?;
    Ok(cookie)
}
