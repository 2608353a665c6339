//! The sign-in page.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use form_urlencoded::Serializer;

use super::answers::{Page, finish, redirect};
use super::gate::Answer;
use super::page::{Field, Form, FormError, Part, Phrase};
use super::refusal::Problem;
use super::resume::resume;
use super::second_factor;
use super::sent::Sent;
use super::visit::{Outcome, Visit};
use crate::http::{Anyone, ApiError, Call};
use crate::login::LoginError;
use crate::session::console::{self, Cookie};
use secrecy::SecretString;

pub(super) const PATH: &str = "/console/sign-in";

/// What the page shows.
#[derive(Default)]
pub(super) struct Asked<'a> {
    /// What was typed.
    pub(super) login: &'a str,
    pub(super) errors: Vec<FormError>,
    /// The form that waits for the sign-in.
    pub(super) resume: Option<&'a str>,
    /// What stands above the form.
    pub(super) lead: Option<&'a str>,
}

/// Returns the path of the sign-in page, which leads back to the page of this visit.
pub(super) fn path_with_next(visit: &Visit) -> String {
    let mut query = Serializer::new(String::new());
    query.append_pair("next", &visit.address());
    format!("{}?{}", visit.area.sign_in(), query.finish())
}

pub(super) async fn get(call: Call<Anyone, Sent>) -> Answer {
    let visit = Visit::of(&call)?;
    let outcome = open(&visit).await;
    finish(&visit, None, outcome)
}

async fn open(visit: &Visit) -> Outcome {
    if let Some((found, _)) = visit.session(false).await?
        && found.session.is_signed_in()
    {
        return redirect(visit.area.next_of(visit.asked("next")));
    }
    first(visit)
}

/// Shows the page to somebody who has typed nothing yet.
pub(super) fn first(visit: &Visit) -> Outcome {
    let lead = (visit.asked("signed-out") == "1").then_some("signed-out");
    ask(
        visit,
        StatusCode::OK,
        Asked {
            lead,
            ..Asked::default()
        },
    )
}

/// Shows the page.
pub(super) fn ask(visit: &Visit, status: StatusCode, asked: Asked<'_>) -> Outcome {
    let csrf = visit.csrf_before_sign_in().as_str().to_owned();
    let hint = visit.area.pick("login-hint", "platform-login-hint");
    let mut login = Field::line("login", visit.text("login"), asked.login)
        .required()
        .hinted(visit.text(hint));
    login.control = super::page::Control::Line {
        kind: "text",
        autocomplete: "username",
        mode: "",
    };
    let password =
        Field::password("password", visit.text("password"), "current-password").required();
    let mut form = Form::new("sign-in", visit.area.sign_in(), csrf)
        .hidden("next", visit.next())
        .field(login)
        .field(password)
        .button("sign-in", visit.text("sign-in-button"))
        .errors(asked.errors);
    let mut parts = Vec::new();
    if let Some(lead) = asked.lead {
        parts.push(Part::Lead(Phrase::plain(visit.text(lead))));
    }
    if let Some(resume) = asked.resume {
        form = form.hidden("resume", resume);
        if status == StatusCode::UNAUTHORIZED {
            parts.push(Part::Lead(Phrase::plain(visit.text("session-over"))));
        }
    } else if status == StatusCode::UNAUTHORIZED {
        parts.push(Part::Lead(Phrase::plain(visit.text("session-over-lost"))));
    }
    parts.push(Part::Form(form));
    let (name, heading) = (
        visit.area.pick("sign-in", "platform-sign-in"),
        visit.area.pick("console-sign-in", "platform-sign-in"),
    );
    let heading = visit.phrase(heading);
    let mut page = visit.page(&Page::new(name, heading, parts).with_status(status))?;
    if status == StatusCode::UNAUTHORIZED {
        // Required with 401 (RFC 9110, section 15.5.2). Browsers know no such scheme, so they show
        // the page.
        let challenge = HeaderValue::from_static("Form realm=\"console\"");
        page.headers_mut().insert(WWW_AUTHENTICATE, challenge);
    }
    Ok(page)
}

/// Returns why a form of this page is refused before it is read.
pub(super) fn refusal(visit: &Visit) -> Option<Problem> {
    if !visit.is_own {
        Some(Problem::Origin)
    } else if !visit.has_csrf_before_sign_in() {
        Some(Problem::Csrf)
    } else if visit.sent.text("do") != "sign-in" {
        Some(Problem::Form)
    } else {
        None
    }
}

pub(super) async fn post(call: Call<Anyone, Sent>) -> Answer {
    let visit = Visit::of(&call)?;
    if let Some(problem) = refusal(&visit) {
        return finish(&visit, None, Err(problem.into()));
    }
    let (cookie, needs_code) = match take(&visit).await {
        Ok(opened) => opened,
        Err(refused) => return finish(&visit, None, refused),
    };
    visit.give(&cookie);
    go_on(visit, cookie, needs_code).await
}

/// Checks what was typed. Returns the new cookie and whether a code is needed, or the page that refuses
/// it.
async fn take(visit: &Visit) -> Result<(Cookie, bool), Outcome> {
    let password = password(visit).map_err(|page| *page)?;
    let (app, login) = (&visit.app, visit.sent.text("login"));
    let checked = console::check(app, login, password, &visit.origin).await;
    let accepted = checked.map_err(|why| refuse(visit, why))?;
    let before = visit.cookie.as_ref().map(Cookie::digest);
    let opened = console::open(app, accepted, before, &visit.origin, visit.agent.clone());
    opened.await.map_err(|why| Err(why.into()))
}

/// Returns the password that was typed, or the page that says what is missing.
pub(super) fn password(visit: &Visit) -> Result<SecretString, Box<Outcome>> {
    let language = visit.language();
    let mut errors = Vec::new();
    if visit.sent.text("login").trim().is_empty() {
        errors.push(FormError::of(language, Some("login"), "login-missing"));
    }
    let password = visit.sent.secret("password");
    if password.is_none() {
        errors.push(FormError::of(
            language,
            Some("password"),
            "password-missing",
        ));
    }
    password
        .filter(|_| errors.is_empty())
        .ok_or_else(|| Box::new(again(visit, StatusCode::UNPROCESSABLE_ENTITY, errors)))
}

/// Shows the page again, with the login that was typed.
fn again(visit: &Visit, status: StatusCode, errors: Vec<FormError>) -> Outcome {
    let resume = Some(visit.sent.text("resume")).filter(|resume| !resume.is_empty());
    let asked = Asked {
        login: visit.sent.text("login"),
        errors,
        resume,
        lead: None,
    };
    ask(visit, status, asked)
}

/// Returns the page about a login that was not accepted.
pub(super) fn refuse(visit: &Visit, why: LoginError) -> Outcome {
    match why {
        LoginError::Refused => {
            let error = FormError::of(visit.language(), None, "console-sign-in-wrong");
            again(visit, StatusCode::UNPROCESSABLE_ENTITY, vec![error])
        }
        LoginError::Throttled(wait) => {
            let errors = vec![throttled(visit, wait)];
            let mut page = again(visit, StatusCode::TOO_MANY_REQUESTS, errors)?;
            set_wait(&mut page, wait);
            Ok(page)
        }
        other => Err(ApiError::from(other).into()),
    }
}

/// Too many attempts; the time to wait.
pub(super) fn throttled(visit: &Visit, wait: Duration) -> FormError {
    FormError {
        field: None,
        text: visit.language().text_with_wait("throttled", wait),
    }
}

/// Adds the header with the time to wait, in whole seconds.
pub(super) fn set_wait(response: &mut actix_web::HttpResponse, wait: Duration) {
    let seconds = (wait.as_secs() + u64::from(wait.subsec_nanos() > 0)).max(1);
    let headers = response.headers_mut();
    headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
}

/// Goes on with a session that has just begun: to the second factor, to the form that waited, or to
/// the page that was asked for.
pub(super) async fn go_on(visit: Visit, cookie: Cookie, needs_code: bool) -> Answer {
    let resumed = visit.sent.text("resume").to_owned();
    let next = visit.next().to_owned();
    // The cookie must reach the browser, even if this fails. The next page decides again what follows.
    let found = console::find(&visit.app, cookie.digest(), true).await;
    let Ok(Some(found)) = found else {
        return finish(&visit, None, redirect(&next));
    };
    if needs_code {
        visit.stored_language.set(found.language);
        let outcome = second_factor::follow(&visit, &cookie);
        return finish(&visit, None, outcome);
    }
    let signed = visit.signed(found, cookie);
    let outcome = resume(&signed, &resumed, &next).await;
    finish(&signed, Some(&signed), outcome)
}
