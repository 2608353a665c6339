//! The page on which a person who has signed in proves again who it is.

use actix_web::http::StatusCode;

use super::answers::{Page, finish};
use super::gate::{self, Answer};
use super::page::{Field, Form, FormError, Part};
use super::refusal::{Problem, Refusal};
use super::resume::resume;
use super::second_factor::code_field;
use super::sent::Sent;
use super::sign_in::{set_wait, throttled};
use super::visit::{Outcome, Signed, Visit};
use crate::http::{Anyone, ApiError, Call};
use crate::login::LoginError;
use crate::session::console::{self, AgainError, CodeError};

pub(super) const PATH: &str = "/console/re-authenticate";

pub(super) async fn get(call: Call<Anyone, Sent>) -> Answer {
    gate::show(call, async |signed| {
        let next = signed.asked("next").to_owned();
        ask(signed, StatusCode::OK, None, &next, Vec::new())
    })
    .await
}

/// Shows the page. `kept` is the form that waits for the proof.
pub(super) fn ask(
    signed: &Signed,
    status: StatusCode,
    kept: Option<&str>,
    next: &str,
    errors: Vec<FormError>,
) -> Outcome {
    let page = page(signed, signed.csrf(), asks_code(signed), kept, next, errors);
    signed.answer(&page.with_status(status))
}

/// Returns the page, which asks for a code or for the password.
pub(super) fn page(
    visit: &Visit,
    csrf: String,
    asks_code: bool,
    kept: Option<&str>,
    next: &str,
    errors: Vec<FormError>,
) -> Page {
    let mut form = Form::new("re-authenticate", visit.area.reauthenticate(), csrf)
        .hidden("next", visit.area.next_of(next))
        .button("confirm", visit.text("confirm-button"))
        .errors(errors);
    if let Some(kept) = kept {
        form = form.hidden("resume", kept);
    }
    form = form.field(if asks_code {
        code_field(visit).hinted(visit.text("code-hint"))
    } else {
        Field::password("password", visit.text("password"), "current-password").required()
    });
    let lead = if kept.is_some() {
        visit
            .area
            .pick("re-authenticate-form", "platform-re-authenticate-form")
    } else {
        "re-authenticate-lead"
    };
    let parts = vec![Part::Lead(visit.phrase(lead)), Part::Form(form)];
    let name = visit
        .area
        .pick("re-authenticate", "platform-re-authenticate");
    Page::new(name, visit.phrase("re-authenticate"), parts)
}

/// Whether the person is asked for a code instead of the password: those with a second factor are.
fn asks_code(signed: &Signed) -> bool {
    let operator = signed.found.operator();
    operator.is_some_and(|operator| operator.second_factor)
}

pub(super) async fn post(call: Call<Anyone, Sent>) -> Answer {
    let visit = Visit::of(&call)?;
    if !visit.is_own {
        return finish(&visit, None, Err(Problem::Origin.into()));
    }
    let (found, cookie) = match visit.session(true).await {
        Err(refusal) => return finish(&visit, None, Err(refusal)),
        Ok(Some((found, cookie))) if found.session.is_signed_in() => (found, cookie),
        Ok(_) => {
            let asked = super::sign_in::Asked::default();
            let outcome = super::sign_in::ask(&visit, StatusCode::UNAUTHORIZED, asked);
            return finish(&visit, None, outcome);
        }
    };
    let signed = visit.signed(found, cookie);
    if !signed.has_csrf() {
        return finish(&signed, Some(&signed), Err(Problem::Csrf.into()));
    }
    if signed.sent.text("do") != "confirm" {
        return finish(&signed, Some(&signed), gate::unknown_button());
    }
    let cookie = match prove(&signed).await {
        Ok(Ok(cookie)) => cookie,
        Ok(Err(refused)) => return finish(&signed, Some(&signed), Ok(refused)),
        Err(refusal) => return finish(&signed, Some(&signed), Err(refusal)),
    };
    let kept = signed.sent.text("resume").to_owned();
    let next = signed.next().to_owned();
    let mut found = signed.found.clone();
    found.session.authenticated_at = signed.now;
    let renewed = signed.renewed(found, cookie);
    let outcome = resume(&renewed, &kept, &next).await;
    finish(&renewed, Some(&renewed), outcome)
}

/// Checks the proof. Returns the new cookie, or the page that refuses it.
async fn prove(
    signed: &Signed,
) -> Result<Result<console::Cookie, actix_web::HttpResponse>, Refusal> {
    let (app, found, origin) = (&signed.app, &signed.found, &signed.origin);
    let before = signed.cookie.digest();
    let outcome = if asks_code(signed) {
        let code = signed.sent.text("code");
        if code.trim().is_empty() {
            return again(signed, Some("code"), "code-missing");
        }
        console::confirm_code(app, found, before, code.to_owned(), origin).await
    } else {
        let Some(password) = signed.sent.secret("password") else {
            return again(signed, Some("password"), "password-missing");
        };
        console::confirm_password(app, found, before, password, origin).await
    };
    match outcome {
        Ok(cookie) => Ok(Ok(cookie)),
        Err(AgainError::Login(LoginError::Refused)) => {
            again(signed, Some("password"), "password-current-wrong")
        }
        Err(AgainError::Code(CodeError::Wrong)) => again(signed, Some("code"), "code-wrong"),
        Err(
            AgainError::Login(LoginError::Throttled(wait))
            | AgainError::Code(CodeError::Throttled(wait)),
        ) => {
            let error = throttled(signed, wait);
            let status = StatusCode::TOO_MANY_REQUESTS;
            let mut page = refused(signed, status, error)?;
            set_wait(&mut page, wait);
            Ok(Err(page))
        }
        Err(AgainError::Code(CodeError::Over)) => Err(Problem::Changed.into()),
        Err(AgainError::Code(CodeError::Database(why))) => Err(why.into()),
        Err(AgainError::Login(other)) => Err(ApiError::from(other).into()),
    }
}

fn again(
    signed: &Signed,
    field: Option<&'static str>,
    id: &str,
) -> Result<Result<console::Cookie, actix_web::HttpResponse>, Refusal> {
    let error = FormError::of(signed.language(), field, id);
    let status = StatusCode::UNPROCESSABLE_ENTITY;
    refused(signed, status, error).map(Err)
}

fn refused(signed: &Signed, status: StatusCode, error: FormError) -> Outcome {
    let kept = Some(signed.sent.text("resume")).filter(|kept| !kept.is_empty());
    let next = signed.sent.text("next");
    ask(signed, status, kept, next, vec![error])
}
