//! The sign-in page.

use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use super::form::Sent;
use super::step::Answering;
use crate::audit::{self, Action, Event};
use crate::base::TokenId;
use crate::db;
use crate::http::{Anyone, ApiError, Call, Form};
use crate::login::LoginError;
use crate::oauth::http::visit::{Refusal, Visit};
use crate::operator::sign_in::{self, SignIn as Accepted};
use crate::page::oauth::{PageError, SECOND_FACTOR, SignIn, SignInError};
use crate::session::{self, BY_PASSWORD, Browser, BrowserSession, Opening, SessionState};
use crate::usage::Count;

pub(super) async fn get(call: Call<Anyone>) -> Result<HttpResponse, ApiError> {
    let visit = Visit::of_page(&call).await?;
    let outcome = show(&visit).await;
    visit.finish(outcome).await
}

async fn show(visit: &Visit) -> Result<HttpResponse, Refusal> {
    let answering = Answering::opened(visit).await?;
    let hint = answering.request.parameter("login_hint");
    let (client, csrf) = (answering.client(&visit.app).await?, visit.csrf());
    let page = SignIn {
        ask: answering.ask(&csrf),
        client: Some(&client.client().settings.name),
        username: hint.unwrap_or_default(),
        errors: &[],
    };
    visit.page(StatusCode::OK, &page)
}

pub(super) async fn post(call: Call<Anyone, Form<Sent>>) -> Result<HttpResponse, ApiError> {
    let visit = Visit::of_page(&call).await?;
    let Form(sent) = call.body;
    let outcome = take(&visit, sent).await;
    visit.finish(outcome).await
}

async fn take(visit: &Visit, sent: Sent) -> Result<HttpResponse, Refusal> {
    let answering = Answering::sent(visit, &sent).await?;
    match sent.action.as_deref() {
        Some("cancel") => return answering.cancel(visit).await,
        Some("sign-in") => {}
        _ => return Err(PageError::BadRequest.into()),
    }
    let client = answering.client(&visit.app).await?;
    let username = sent.username.unwrap_or_default();
    let mut errors = Vec::new();
    if username.is_empty() {
        errors.push(SignInError::UsernameMissing);
    }
    let mut wait = None;
    let mut accepted = None;
    match sent.password {
        None => errors.push(SignInError::PasswordMissing),
        Some(password) if errors.is_empty() => {
            let organization = client.client().organization;
            let origin = &visit.origin;
            match sign_in::check(&visit.app, organization, &username, password, origin).await {
                Ok(checked) => accepted = Some(checked),
                Err(LoginError::Refused) => errors.push(SignInError::Wrong),
                Err(LoginError::Throttled(time)) => {
                    wait = Some(time);
                    errors.push(SignInError::Throttled(time));
                }
                Err(other) => return Err(other.into()),
            }
        }
        Some(_) => {}
    }
    let Some(accepted) = accepted else {
        let name = &client.client().settings.name;
        return again(visit, &answering, name, &username, &errors, wait);
    };
    let sid = TokenId::generate(visit.now);
    let (cookie, needs_code) = open(visit, &answering, accepted, sid).await?;
    if needs_code {
        return visit.see(&answering.link(SECOND_FACTOR), Some(&cookie));
    }
    answering.after_sign_in(visit, &cookie, sid).await
}

fn again(
    visit: &Visit,
    answering: &Answering,
    client: &str,
    username: &str,
    errors: &[SignInError],
    wait: Option<Duration>,
) -> Result<HttpResponse, Refusal> {
    let csrf = visit.csrf();
    let page = SignIn {
        ask: answering.ask(&csrf),
        client: Some(client),
        username,
        errors,
    };
    visit.again(wait, &page)
}

/// Begins the session of an operator whose password was right. Returns the browser's new cookie, and
/// whether a second factor is needed.
async fn open(
    visit: &Visit,
    answering: &Answering,
    accepted: Accepted,
    sid: TokenId,
) -> Result<(Browser, bool), Refusal> {
    let now = visit.app.clock.now();
    let cookie = Browser::draw();
    let operator = &accepted.operator;
    let organization = operator.organization;
    let session = BrowserSession {
        sid,
        organization: operator.organization,
        operator: operator.id,
        rev: accepted.rev,
        state: SessionState::SignedIn,
        amr: BY_PASSWORD.to_owned(),
        signed_in_at: now.whole_second(),
        last_seen_at: now,
    };
    let origin = visit.origin_of(operator.id);
    let signed_in = Event::of(&origin, Action::SignedIn, now, operator.organization)
        .target(format!("operator:{}", operator.id));
    let mut opening = Opening {
        before: visit.digest().ok_or(PageError::Forged)?,
        after: cookie.digest(),
        session,
        replaced: visit.signed_in().await?,
        visitor: visit.origin.clone(),
        request: Some(answering.request.digest),
    };
    let write = move |conn: &mut _| {
        let needs_code = accepted.record(conn, now)?;
        if needs_code {
            opening.session.state = SessionState::SecondFactor;
        }
        session::open(conn, &opening, now)?;
        if !needs_code {
            audit::record(conn, &signed_in)?;
        }
        Ok::<_, db::Error>(needs_code)
    };
    let needs_code = visit.app.db.write(write).await?;
    if !needs_code {
        visit.app.usage.note(organization, Count::SignedIn);
    }
    Ok((cookie, needs_code))
}
