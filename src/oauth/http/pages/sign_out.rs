//! The sign-out page.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use super::form::Sent;
use crate::base::Digest;
use crate::db;
use crate::http::{Anyone, ApiError, Call, Form};
use crate::oauth::Parameters;
use crate::oauth::browser::{EndSession, end_session};
use crate::oauth::http::visit::{Refusal, Visit};
use crate::page::oauth::{Done, LOGOUT, Outcome, PageError, SignOut};
use crate::page::{Ask, Look};
use crate::session::{self, Browser, Found, PageRequest, Stage};

/// The value of `done` after the operator has chosen to stay signed in.
const STAYED: &str = "stay";

pub(super) async fn get(call: Call<Anyone>) -> Result<HttpResponse, ApiError> {
    let visit = Visit::of_page(&call).await?;
    let outcome = show(&visit).await;
    visit.finish(outcome).await
}

async fn show(visit: &Visit) -> Result<HttpResponse, Refusal> {
    let asked = match &visit.request {
        Some(id) => Some((id.clone(), find(visit, id).await?)),
        None => None,
    };
    let Some(found) = visit.signed_in().await? else {
        return done(visit, visit.look(&[]), Outcome::SignedOut);
    };
    if visit.done.as_deref() == Some(STAYED) {
        return done(visit, visit.look(&[]), Outcome::StillSignedIn);
    }
    let (look, ended) = match &asked {
        Some((_, request)) => (
            visit.look(&request.parameters),
            Some(read(visit, request).await?),
        ),
        None => (visit.look(&[]), None),
    };
    let id = asked.as_ref().map(|(id, _)| id.as_str());
    ask(visit, look, &found, ended.as_ref(), id)
}

fn done(visit: &Visit, look: Look, outcome: Outcome) -> Result<HttpResponse, Refusal> {
    visit.page(StatusCode::OK, &Done { look, outcome })
}

/// Returns the page that asks.
fn ask(
    visit: &Visit,
    look: Look,
    found: &Found,
    ended: Option<&EndSession>,
    request: Option<&str>,
) -> Result<HttpResponse, Refusal> {
    let csrf = visit.csrf();
    let client = ended.and_then(|ended| ended.participants.as_ref());
    let page = SignOut {
        ask: Ask {
            look,
            csrf: &csrf,
            request,
        },
        operator: &found.operator.profile.name,
        client: client.map(|known| known.client().settings.name.as_str()),
    };
    visit.page(StatusCode::OK, &page)
}

/// Returns a client's request for sign-out.
async fn find(visit: &Visit, id: &str) -> Result<PageRequest, Refusal> {
    let request = visit.find_request(id).await?;
    match request.stage {
        Stage::SignOut => Ok(request),
        Stage::Authorization
        | Stage::PasswordFirst
        | Stage::Device
        | Stage::DevicePasswordFirst => Err(PageError::Forged.into()),
    }
}

async fn read(visit: &Visit, request: &PageRequest) -> Result<EndSession, Refusal> {
    let parameters = Parameters::new(&request.parameters);
    Ok(end_session(&visit.app, &parameters).await??)
}

/// Returns the page that asks, for the endpoint to which clients send browsers.
pub(in crate::oauth::http) async fn confirm(
    visit: &Visit,
    parameters: &[(String, String)],
    found: &Found,
    ended: &EndSession,
    request: Option<&str>,
) -> Result<HttpResponse, Refusal> {
    ask(visit, visit.look(parameters), found, Some(ended), request)
}

pub(super) async fn post(call: Call<Anyone, Form<Sent>>) -> Result<HttpResponse, ApiError> {
    let visit = Visit::of_page(&call).await?;
    let Form(sent) = call.body;
    let outcome = take(&visit, &sent).await;
    visit.finish(outcome).await
}

async fn take(visit: &Visit, sent: &Sent) -> Result<HttpResponse, Refusal> {
    visit.check_form(sent.csrf.as_deref())?;
    let request = match &sent.request {
        Some(id) => Some(find(visit, id).await?),
        None => None,
    };
    let stays = match sent.action.as_deref() {
        Some("sign-out") => false,
        Some("stay") => true,
        _ => return Err(PageError::BadRequest.into()),
    };
    let parameters = request
        .as_ref()
        .map(|request| request.parameters.as_slice());
    let look = visit.look(parameters.unwrap_or_default());
    let ended = match &request {
        Some(request) => Some(read(visit, request).await?),
        None => None,
    };
    let used = request.as_ref().map(|request| request.digest);
    if stays {
        answer(visit, used).await?;
        return visit.see(&look.link(LOGOUT, &[("done", Some(STAYED))]), None);
    }
    let cookie = end(visit, used).await?;
    match ended.as_ref() {
        Some(ended) => return_to(visit, look, ended, Some(&cookie)),
        None => visit.see(&look.link(LOGOUT, &[]), Some(&cookie)),
    }
}

/// Sends the browser to where it goes after sign-out.
pub(in crate::oauth::http) fn return_to(
    visit: &Visit,
    look: Look,
    ended: &EndSession,
    cookie: Option<&Browser>,
) -> Result<HttpResponse, Refusal> {
    let url = match &ended.return_to {
        Some(place) => place.url(),
        None => look.link(LOGOUT, &[]),
    };
    visit.see(&url, cookie)
}

/// Uses up the request that was answered, if there is one.
async fn answer(visit: &Visit, request: Option<Digest>) -> Result<(), Refusal> {
    if let Some(request) = request {
        let write = move |conn: &mut _| session::store::answer(conn, &request);
        if !visit.app.db.write(write).await? {
            return Err(PageError::Expired.into());
        }
    }
    Ok(())
}

/// Ends the browser's session, and uses up the request if there is one. Signing out is idempotent,
/// so a request that was answered meanwhile is no error. Returns the browser's new cookie.
pub(in crate::oauth::http) async fn end(
    visit: &Visit,
    request: Option<Digest>,
) -> Result<Browser, Refusal> {
    let (browser, now) = (visit.digest().ok_or(PageError::Forged)?, visit.now);
    let found = visit.session().await?;
    let origin = match &found {
        Some(found) => visit.origin_of(found.operator.id),
        None => visit.origin.clone(),
    };
    visit
        .app
        .db
        .write(move |conn| {
            if let Some(request) = &request {
                session::store::answer(conn, request)?;
            }
            match &found {
                Some(found) => session::end(conn, &browser, &found.session, &origin, now),
                None => session::store::remove(conn, &browser).map(|_| ()),
            }
        })
        .await
        .map_err(|error: db::Error| Refusal::from(error))?;
    Ok(Browser::draw())
}
