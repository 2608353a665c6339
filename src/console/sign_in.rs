//! The sign-in page.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use form_urlencoded::Serializer;

use super::answers::{Page, finish, redirect};
use super::gate::Answer;
use super::page::{Field, Form, FormError, Part, Phrase};
use super::preferences::PARAMETERS;
use super::refusal::{Problem, Refusal};
use super::resume::resume;
use super::sent::Sent;
use super::visit::{Outcome, Visit};
use super::{overview, second_factor};
use crate::http::{Anyone, ApiError, Call};
use crate::login::LoginError;
use crate::session::console::{self, Cookie, CookieName};

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
    for (name, value) in &visit.query {
        if !PARAMETERS.contains(&name.as_str()) {
            query.append_pair(name, value);
        }
    }
    let query = query.finish();
    let page = if query.is_empty() {
        visit.path.clone()
    } else {
        format!("{}?{query}", visit.path)
    };
    let mut query = Serializer::new(String::new());
    query.append_pair("next", &page);
    format!("{PATH}?{}", query.finish())
}

/// Returns where to go after the sign-in: a page of the console that the browser asked for.
pub(super) fn next_of(text: &str) -> &str {
    let inside = text == overview::PATH
        || text
            .strip_prefix(overview::PATH)
            .is_some_and(|rest| rest.starts_with(['/', '?']));
    let clean = text.bytes().all(|byte| byte.is_ascii_graphic()) && !text.contains(['\\', '#']);
    let around = text.contains("/../") || text.ends_with("/..") || text.starts_with(PATH);
    if inside && clean && !around {
        text
    } else {
        overview::PATH
    }
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
        return redirect(next_of(visit.asked("next")));
    }
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
    let is_form = !visit.sent.text("csrf").is_empty();
    let next = if is_form {
        visit.sent.text("next")
    } else {
        visit.asked("next")
    };
    let mut login = Field::line("login", visit.text("login"), asked.login)
        .required()
        .hinted(visit.text("login-hint"));
    login.control = super::page::Control::Line {
        kind: "text",
        autocomplete: "username",
        mode: "",
    };
    let password =
        Field::password("password", visit.text("password"), "current-password").required();
    let mut form = Form::new("sign-in", PATH, csrf)
        .hidden("next", next_of(next))
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
    let heading = Phrase::plain(visit.text("console-sign-in"));
    let mut page = visit.page(&Page::new("sign-in", heading, parts).with_status(status))?;
    if status == StatusCode::UNAUTHORIZED {
        // Required with 401 (RFC 9110, section 15.5.2). Browsers know no such scheme, so they show
        // the page.
        let challenge = HeaderValue::from_static("Form realm=\"console\"");
        page.headers_mut().insert(WWW_AUTHENTICATE, challenge);
    }
    Ok(page)
}

pub(super) async fn post(call: Call<Anyone, Sent>) -> Answer {
    let visit = Visit::of(&call)?;
    if !visit.is_own {
        return finish(&visit, None, Err(Problem::Origin.into()));
    }
    if !visit.has_csrf_before_sign_in() {
        return finish(&visit, None, Err(Problem::Csrf.into()));
    }
    if visit.sent.text("do") != "sign-in" {
        return finish(&visit, None, Err(Problem::Form.into()));
    }
    let (cookie, needs_code) = match take(&visit).await {
        Ok(Ok(opened)) => opened,
        Ok(Err(refused)) => return finish(&visit, None, Ok(refused)),
        Err(refusal) => return finish(&visit, None, Err(refusal)),
    };
    let set = cookie.set(CookieName::Session, visit.is_https);
    visit.set.borrow_mut().push(set);
    go_on(visit, cookie, needs_code).await
}

/// Checks what was typed. Returns the new cookie, or the page that refuses it.
async fn take(visit: &Visit) -> Result<Result<(Cookie, bool), actix_web::HttpResponse>, Refusal> {
    let language = visit.language();
    let login = visit.sent.text("login");
    let mut errors = Vec::new();
    if login.trim().is_empty() {
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
    let resume = Some(visit.sent.text("resume")).filter(|resume| !resume.is_empty());
    let again = |status, errors, wait: Option<Duration>| {
        let asked = Asked {
            login,
            errors,
            resume,
            lead: None,
        };
        let mut page = ask(visit, status, asked)?;
        if let Some(wait) = wait {
            set_wait(&mut page, wait);
        }
        Ok(Err(page))
    };
    let Some(password) = password.filter(|_| errors.is_empty()) else {
        return again(StatusCode::UNPROCESSABLE_ENTITY, errors, None);
    };
    match console::check(&visit.app, login, password, &visit.origin).await {
        Ok(accepted) => {
            let before = visit.cookie.as_ref().map(Cookie::digest);
            let (app, agent) = (&visit.app, visit.agent.clone());
            Ok(Ok(console::open(
                app,
                accepted,
                before,
                &visit.origin,
                agent,
            )
            .await?))
        }
        Err(LoginError::Refused) => {
            let error = FormError::of(language, None, "console-sign-in-wrong");
            again(StatusCode::UNPROCESSABLE_ENTITY, vec![error], None)
        }
        Err(LoginError::Throttled(wait)) => {
            let error = throttled(visit, wait);
            again(StatusCode::TOO_MANY_REQUESTS, vec![error], Some(wait))
        }
        Err(other) => Err(ApiError::from(other).into()),
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
    let next = next_of(visit.sent.text("next")).to_owned();
    // The cookie must reach the browser, even if this fails. The next page decides again what follows.
    let found = console::find(&visit.app, cookie.digest(), true).await;
    let Ok(Some(found)) = found else {
        return finish(&visit, None, redirect(&next));
    };
    if needs_code && resumed.is_empty() {
        let mut query = Serializer::new(String::new());
        query.append_pair("next", &next);
        let to = format!("{}?{}", second_factor::PATH, query.finish());
        return finish(&visit, None, redirect(&to));
    }
    if needs_code {
        let outcome = second_factor::ask(&visit, &cookie, StatusCode::OK, Vec::new());
        return finish(&visit, None, outcome);
    }
    let signed = visit.signed(found, cookie);
    let outcome = resume(&signed, &resumed, &next).await;
    finish(&signed, Some(&signed), outcome)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_is_one_of_the_console() {
        for good in [
            "/console",
            "/console/tokens?state=all",
            "/console?tz=UTC",
            "/console/operators/7",
        ] {
            assert_eq!(next_of(good), good);
        }
        for bad in [
            "",
            "/",
            "//evil.example",
            "/consoles",
            "/console/../oauth/login",
            "/console/..",
            "/console/sign-in?next=/console",
            "https://evil.example/console/",
            "/console/\\evil.example",
            "/console/a b",
            "/console/\r\nSet-Cookie: a=b",
        ] {
            assert_eq!(next_of(bad), "/console", "{bad}");
        }
    }
}
