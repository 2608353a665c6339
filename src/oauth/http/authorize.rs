//! The authorization endpoint (RFC 6749, section 3.1).

use actix_web::HttpResponse;
use actix_web::http::Method;
use form_urlencoded::Serializer;

use super::raw_form::RawForm;
use super::visit::{Refusal, Visit};
use crate::base::Digest;
use crate::http::{Anyone, ApiError, Call, Endpoint, pairs};
use crate::oauth::browser::{Moment, Next, next, participants};
use crate::oauth::paths::AUTHORIZE;
use crate::oauth::{Parameters, authorize};
use crate::page::oauth::{CONSENT, LOGIN};
use crate::session::{self, Browser, PageRequest, REQUEST_LIFETIME, Stage};

/// The parameters that are known. Others are as if absent.
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
    let visit = Visit::of(&call)?;
    let outcome = answer(&visit, call.query_string().as_bytes()).await;
    visit.finish(outcome)
}

async fn post(call: Call<Anyone, RawForm>) -> Result<HttpResponse, ApiError> {
    let visit = Visit::of(&call)?;
    let RawForm(form) = &call.body;
    let outcome = if visit.may_lack_cookie() {
        by_get(&visit, AUTHORIZE, form)
    } else {
        answer(&visit, form).await
    };
    visit.finish(outcome)
}

/// Sends the browser here again by GET. Browsers leave a cookie with `SameSite=Lax` out of a POST
/// from another site, so without this the operator would look like somebody who is not signed in.
pub(super) fn by_get(visit: &Visit, path: &str, form: &[u8]) -> Result<HttpResponse, Refusal> {
    let mut query = Serializer::new(String::new());
    query.extend_pairs(pairs(form, |_| true)?);
    visit.see(&format!("{path}?{}", query.finish()), None)
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
    let path = match next(&visit.app, moment).await? {
        Next::Page(why) => return Err(why.into()),
        Next::Client(url) => return visit.see(&url, None),
        Next::SignIn => LOGIN,
        Next::Consent(_) => CONSENT,
    };
    let look = visit.look(&parameters);
    let (id, cookie) = begin(visit, Stage::Authorization, parameters).await?;
    let url = look.link(path, &[("request", Some(&id))]);
    visit.see(&url, cookie.as_ref())
}

/// Stores a client's request for the pages that follow. Returns its id, and the browser's new cookie
/// if it had none.
pub(super) async fn begin(
    visit: &Visit,
    stage: Stage,
    parameters: Vec<(String, String)>,
) -> Result<(String, Option<Browser>), Refusal> {
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
        expires_at: visit.now.plus(REQUEST_LIFETIME),
    };
    let write = move |conn: &mut _| session::store::begin(conn, request);
    visit.app.db.write(write).await?;
    Ok((id, cookie))
}
