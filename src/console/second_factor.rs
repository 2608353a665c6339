//! The page for the second factor.

use actix_web::http::StatusCode;
use form_urlencoded::Serializer;

use super::answers::{Page, finish, redirect};
use super::gate::Answer;
use super::page::{Control, Field, Form, FormError, Part, Phrase};
use super::refusal::Problem;
use super::sent::Sent;
use super::sign_in::{self, set_wait, throttled};
use super::visit::{Outcome, Visit};
use crate::http::{Anyone, Call};
use crate::page::{CsrfToken, csrf};
use crate::session::SessionState;
use crate::session::console::{self, CodeError, Cookie, Found};

pub(super) const PATH: &str = "/console/sign-in/second";

pub(super) async fn get(call: Call<Anyone, Sent>) -> Answer {
    let visit = Visit::of(&call)?;
    let outcome = open(&visit).await;
    finish(&visit, None, outcome)
}

async fn open(visit: &Visit) -> Outcome {
    match waiting(visit).await? {
        Some((_, cookie)) => ask(visit, &cookie, StatusCode::OK, Vec::new()),
        None => redirect(visit.area.sign_in()),
    }
}

/// Returns the session that waits for its second factor. `None` if there is none: then the person
/// must sign in again.
async fn waiting(visit: &Visit) -> Result<Option<(Found, Cookie)>, super::refusal::Refusal> {
    let found = visit.session(true).await?;
    Ok(found.filter(|(found, _)| found.session.state == SessionState::SecondFactor))
}

/// Returns the field for a code.
pub(super) fn code_field(visit: &Visit) -> Field {
    let control = Control::Line {
        kind: "text",
        autocomplete: "one-time-code",
        mode: "numeric",
    };
    Field::controlled("code", visit.text("code"), control)
}

/// Goes on from the sign-in page to this one. If a form waits for the sign-in, this page carries it.
pub(super) fn follow(visit: &Visit, cookie: &Cookie) -> Outcome {
    if !visit.sent.text("resume").is_empty() {
        return ask(visit, cookie, StatusCode::OK, Vec::new());
    }
    let mut query = Serializer::new(String::new());
    query.append_pair("next", visit.next());
    redirect(&format!(
        "{}?{}",
        visit.area.second_factor(),
        query.finish()
    ))
}

/// Shows the page.
pub(super) fn ask(
    visit: &Visit,
    cookie: &Cookie,
    status: StatusCode,
    errors: Vec<FormError>,
) -> Outcome {
    let csrf = CsrfToken::of(cookie.value()).as_str().to_owned();
    let code = code_field(visit).hinted(visit.text("console-code-hint"));
    let recovery =
        Field::line("recovery", visit.text("recovery"), "").hinted(visit.text("recovery-hint"));
    let mut form = Form::new("second-factor", visit.area.second_factor(), csrf)
        .hidden("next", visit.next())
        .field(code)
        .field(recovery)
        .button("verify", visit.text("verify-button"))
        .cancel(visit.area.sign_in(), visit.text("cancel"))
        .errors(errors);
    let resume = visit.sent.text("resume");
    if !resume.is_empty() {
        form = form.hidden("resume", resume);
    }
    let heading = Phrase::plain(visit.text("second-factor-heading"));
    let lead = Part::Lead(Phrase::plain(visit.text("second-factor-lead")));
    let parts = vec![lead, Part::Form(form)];
    let name = visit.area.pick("second-factor", "platform-second-factor");
    visit.page(&Page::new(name, heading, parts).with_status(status))
}

pub(super) async fn post(call: Call<Anyone, Sent>) -> Answer {
    let visit = Visit::of(&call)?;
    if !visit.is_own {
        return finish(&visit, None, Err(Problem::Origin.into()));
    }
    let (found, cookie) = match waiting(&visit).await {
        Ok(Some(found)) => found,
        Ok(None) => return finish(&visit, None, redirect(visit.area.sign_in())),
        Err(refusal) => return finish(&visit, None, Err(refusal)),
    };
    let code = match code(&visit, &cookie) {
        Ok(code) => code,
        Err(refused) => return finish(&visit, None, *refused),
    };
    let (app, origin) = (&visit.app, &visit.origin);
    match console::complete(app, &found, cookie.digest(), code, origin).await {
        Ok(new) => {
            visit.give(&new);
            sign_in::go_on(visit, new, false).await
        }
        Err(error) => {
            let outcome = refuse(&visit, &cookie, error);
            finish(&visit, None, outcome)
        }
    }
}

/// Returns the code that was typed, or the page that refuses the form.
pub(super) fn code(visit: &Visit, cookie: &Cookie) -> Result<String, Box<Outcome>> {
    if !csrf::matches(cookie.value(), visit.sent.text("csrf")) {
        return Err(Box::new(Err(Problem::Csrf.into())));
    }
    if visit.sent.text("do") != "verify" {
        return Err(Box::new(Err(Problem::Form.into())));
    }
    let typed = [visit.sent.text("code"), visit.sent.text("recovery")];
    let code = typed.into_iter().find(|text| !text.trim().is_empty());
    code.map(str::to_owned).ok_or_else(|| {
        let error = FormError::of(visit.language(), Some("code"), "code-missing");
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        Box::new(ask(visit, cookie, status, vec![error]))
    })
}

/// Returns the page about a code that was not accepted.
pub(super) fn refuse(visit: &Visit, cookie: &Cookie, error: CodeError) -> Outcome {
    match error {
        CodeError::Wrong => {
            let error = FormError::of(visit.language(), Some("code"), "code-wrong");
            ask(visit, cookie, StatusCode::UNPROCESSABLE_ENTITY, vec![error])
        }
        CodeError::Throttled(wait) => {
            let errors = vec![throttled(visit, wait)];
            let mut page = ask(visit, cookie, StatusCode::TOO_MANY_REQUESTS, errors)?;
            set_wait(&mut page, wait);
            Ok(page)
        }
        CodeError::Over => {
            let error = FormError::of(visit.language(), None, "codes-over");
            let resume = Some(visit.sent.text("resume")).filter(|resume| !resume.is_empty());
            let asked = sign_in::Asked {
                errors: vec![error],
                resume,
                ..sign_in::Asked::default()
            };
            sign_in::ask(visit, StatusCode::UNPROCESSABLE_ENTITY, asked)
        }
        CodeError::Database(why) => Err(why.into()),
    }
}
