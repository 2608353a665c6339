//! The pages for devices without a browser: the code that the device shows, then the confirmation.
//! Signing in comes between them, on the pages that every client's request has.

use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use super::consent::{described, remember};
use super::form::Sent;
use super::step::{Answering, DEVICE_REFUSED};
use crate::grant::{UserCode, wrong_user_codes};
use crate::http::{Anyone, ApiError, Call, Form};
use crate::oauth::browser::device::{self, Confirming, Device, Step};
use crate::oauth::http::authorize::begin_with;
use crate::oauth::http::visit::{Refusal, Visit};
use crate::page::oauth::{
    DEVICE, DeviceCode, DeviceCodeError, DeviceConfirmation, Done, LOGIN, Outcome, PageError,
};
use crate::page::{Ask, CsrfToken};
use crate::session::{Browser, PageRequest, Stage};

/// The value of `done` after the operator has allowed a device.
const ALLOWED: &str = "allowed";

pub(super) async fn get(call: Call<Anyone>) -> Result<HttpResponse, ApiError> {
    let visit = Visit::of_page(&call).await?;
    let outcome = show(&visit).await;
    visit.finish(outcome).await
}

async fn show(visit: &Visit) -> Result<HttpResponse, Refusal> {
    if let Some(id) = &visit.request {
        let answering = Answering::of(visit, id.clone()).await?;
        return show_confirmation(visit, &answering).await;
    }
    let outcome = match visit.done.as_deref() {
        Some(ALLOWED) => Outcome::DeviceAllowed,
        Some(DEVICE_REFUSED) => Outcome::DeviceRefused,
        _ => return ask_for_code(visit),
    };
    let look = visit.look(&[]);
    visit.page(StatusCode::OK, &Done { look, outcome })
}

/// Returns the page that asks for the code. It fills in the code of the URL that the device shows
/// (RFC 8628, section 3.3.1), and does not look it up: a GET has no effect on a device.
fn ask_for_code(visit: &Visit) -> Result<HttpResponse, Refusal> {
    let cookie = visit.browser.is_none().then(Browser::draw);
    let browser = visit.browser.as_ref().or(cookie.as_ref());
    let csrf = CsrfToken::of(browser.map_or("", Browser::value));
    let named = visit.user_code.as_deref().unwrap_or_default();
    let written = named.parse::<UserCode>().map(|code| code.to_string());
    let page = DeviceCode {
        ask: Ask {
            look: visit.look(&[]),
            csrf: &csrf,
            request: None,
        },
        user_code: written.as_deref().unwrap_or(named),
        errors: &[],
    };
    let mut response = visit.page(StatusCode::OK, &page)?;
    visit.set_cookie(&mut response, cookie.as_ref())?;
    Ok(response)
}

async fn show_confirmation(visit: &Visit, answering: &Answering) -> Result<HttpResponse, Refusal> {
    let confirming = match confirming(visit, answering).await? {
        Ok(confirming) => confirming,
        Err(response) => return Ok(response),
    };
    remember(visit, answering, &confirming.scopes).await?;
    let (device, csrf) = (&confirming.device, visit.csrf());
    let user_code = device.user_code.to_string();
    let page = DeviceConfirmation {
        ask: answering.ask(&csrf),
        user_code: &user_code,
        client: &device.participants.client().settings.name,
        operator: &confirming.found.operator.profile.name,
        scopes: &described(&confirming.scopes, &device.participants),
    };
    visit.page(StatusCode::OK, &page)
}

/// Returns what the operator confirms, or the response if it cannot confirm anything now.
async fn confirming(
    visit: &Visit,
    answering: &Answering,
) -> Result<Result<Box<Confirming>, HttpResponse>, Refusal> {
    if !answering.request.stage.is_of_device() {
        return Err(PageError::Forged.into());
    }
    let (request, id) = (&answering.request, &answering.id);
    let error = match device::step(&visit.app, request, id, visit.digest()).await? {
        Step::Confirm(confirming) => return Ok(Ok(confirming)),
        Step::SignIn => return Ok(Err(visit.see(&answering.link(LOGIN), None)?)),
        Step::Ended => PageError::Expired,
        Step::NothingLeft => PageError::Role,
    };
    Ok(Err(visit.error_page(answering.look, error)?))
}

pub(super) async fn post(call: Call<Anyone, Form<Sent>>) -> Result<HttpResponse, ApiError> {
    let visit = Visit::of_page(&call).await?;
    let Form(sent) = call.body;
    let outcome = take(&visit, &sent).await;
    visit.finish(outcome).await
}

async fn take(visit: &Visit, sent: &Sent) -> Result<HttpResponse, Refusal> {
    if sent.request.is_none() {
        return take_code(visit, sent).await;
    }
    let answering = Answering::sent(visit, sent).await?;
    match sent.action.as_deref() {
        Some("cancel") if answering.request.stage.is_of_device() => answering.cancel(visit).await,
        Some("allow") => allow(visit, &answering).await,
        _ => Err(PageError::BadRequest.into()),
    }
}

async fn allow(visit: &Visit, answering: &Answering) -> Result<HttpResponse, Refusal> {
    let confirming = match confirming(visit, answering).await? {
        Ok(confirming) => confirming,
        Err(response) => return Ok(response),
    };
    let shown = answering.request.shown.as_ref();
    if !shown.is_some_and(|shown| confirming.scopes.is_within(shown)) {
        // It did not allow what has been added since, nor what it has not seen.
        return visit.see(&answering.link(DEVICE), None);
    }
    if !device::allow(&visit.app, &answering.request, *confirming).await? {
        return Err(PageError::Expired.into());
    }
    let done = [("done", Some(ALLOWED))];
    visit.see(&answering.look.link(DEVICE, &done), None)
}

/// Takes the code that was typed. A wrong one counts against the browser's address.
async fn take_code(visit: &Visit, sent: &Sent) -> Result<HttpResponse, Refusal> {
    visit.check_form(sent.csrf.as_deref())?;
    if sent.action.as_deref() != Some("continue") {
        return Err(PageError::BadRequest.into());
    }
    let Some(typed) = sent.user_code.as_deref() else {
        return again(visit, "", DeviceCodeError::Missing, None);
    };
    let (db, now) = (&visit.app.db, visit.app.clock.now());
    let guess = match wrong_user_codes::count(db, visit.origin.address, now).await? {
        Ok(guess) => guess,
        Err(throttled) => {
            let wait = throttled.retry_after;
            return again(visit, typed, DeviceCodeError::Throttled(wait), Some(wait));
        }
    };
    let device = match typed.parse() {
        Ok(user_code) => device::find(&visit.app, user_code).await?,
        Err(_) => None,
    };
    let Some(device) = device else {
        return again(visit, typed, DeviceCodeError::Unknown, None);
    };
    guess.was_right(db).await?;
    let look = visit.look(&[]);
    let id = begin_for(visit, &device).await?;
    visit.see(&look.link(DEVICE, &[("request", Some(&id))]), None)
}

/// Stores the request for the pages that follow, and returns its id.
async fn begin_for(visit: &Visit, device: &Device) -> Result<String, Refusal> {
    let client = device.participants.client().id.to_string();
    let id = PageRequest::draw();
    let masked = device.user_code.masked(&id).to_string();
    let parameters = vec![
        ("client_id".to_owned(), client),
        (device::USER_CODE.to_owned(), masked),
    ];
    begin_with(visit, &id, Stage::Device, parameters, None).await?;
    Ok(id)
}

fn again(
    visit: &Visit,
    typed: &str,
    error: DeviceCodeError,
    wait: Option<Duration>,
) -> Result<HttpResponse, Refusal> {
    let csrf = visit.csrf();
    let page = DeviceCode {
        ask: Ask {
            look: visit.look(&[]),
            csrf: &csrf,
            request: None,
        },
        user_code: typed,
        errors: &[error],
    };
    visit.again(wait, &page)
}
