//! The page for the second factor.

use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use secrecy::{ExposeSecret, SecretString};

use super::form::Sent;
use super::step::Answering;
use crate::audit::{self, Action, Event};
use crate::base::TokenId;
use crate::db;
use crate::http::{Anyone, ApiError, Call, Form};
use crate::login::{Counted, Subject};
use crate::oauth::http::visit::{Refusal, Visit};
use crate::operator::sign_in;
use crate::page::oauth::{LOGIN, PageError, SecondFactor, SecondFactorError};
use crate::session::{
    self, BY_PASSWORD_AND_CODE, Browser, BrowserSession, Found, Opening, SessionState,
};
use crate::usage::Count;

pub(super) async fn get(call: Call<Anyone>) -> Result<HttpResponse, ApiError> {
    let visit = Visit::of_page(&call).await?;
    let outcome = show(&visit).await;
    visit.finish(outcome).await
}

async fn show(visit: &Visit) -> Result<HttpResponse, Refusal> {
    let answering = Answering::opened(visit).await?;
    if waiting(visit, &answering).await?.is_none() {
        return visit.see(&answering.link(LOGIN), None);
    }
    let csrf = visit.csrf();
    let page = SecondFactor {
        ask: answering.ask(&csrf),
        errors: &[],
    };
    visit.page(StatusCode::OK, &page)
}

/// Returns the session that waits for its second factor. `None` if there is none: then the operator
/// must sign in again.
async fn waiting(visit: &Visit, answering: &Answering) -> Result<Option<Found>, Refusal> {
    let found = visit.session().await?;
    Ok(found.filter(|found| {
        found.session.state == SessionState::SecondFactor
            && found.session.organization == answering.request.organization
    }))
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
        Some("verify") => {}
        _ => return Err(PageError::BadRequest.into()),
    }
    let Some(found) = waiting(visit, &answering).await? else {
        return visit.see(&answering.link(LOGIN), None);
    };
    let Some(code) = sent.code else {
        return again(visit, &answering, SecondFactorError::Missing, None);
    };
    // Guesses are throttled like those of passwords: by operator and by address.
    let (organization, operator) = (found.session.organization, found.operator.id);
    let guessed = Counted::Code(Subject::Operator(organization, operator));
    let typed = format!("code {organization} {operator}");
    let throttle = &visit.app.logins.throttle;
    let admitted = throttle.admit(&typed, visit.origin.address);
    let pass = match admitted.and_then(|knock| knock.pass(&guessed, false)) {
        Ok(pass) => pass,
        Err(throttled) => {
            let wait = throttled.retry_after;
            let error = SecondFactorError::Throttled(wait);
            return again(visit, &answering, error, Some(wait));
        }
    };
    let sid = TokenId::generate(visit.now);
    if let Some(cookie) = complete(visit, &answering, &found, code, sid).await? {
        pass.succeeded();
        answering.after_sign_in(visit, &cookie, sid).await
    } else {
        pass.failed();
        let failed = &visit.app.logins.failed;
        failed.note(Action::SignInFailed, Some(organization), &visit.origin);
        again(visit, &answering, SecondFactorError::Wrong, None)
    }
}

fn again(
    visit: &Visit,
    answering: &Answering,
    error: SecondFactorError,
    wait: Option<Duration>,
) -> Result<HttpResponse, Refusal> {
    let csrf = visit.csrf();
    let page = SecondFactor {
        ask: answering.ask(&csrf),
        errors: &[error],
    };
    visit.again(wait, &page)
}

/// Uses up a code and begins the session. Returns the browser's new cookie; `None` if the code is
/// wrong.
async fn complete(
    visit: &Visit,
    answering: &Answering,
    found: &Found,
    code: SecretString,
    sid: TokenId,
) -> Result<Option<Browser>, Refusal> {
    let now = visit.app.clock.now();
    let cookie = Browser::draw();
    let (organization, operator) = (found.session.organization, found.operator.id);
    let opening = Opening {
        before: visit.digest().ok_or(PageError::Forged)?,
        after: cookie.digest(),
        session: BrowserSession {
            sid,
            state: SessionState::SignedIn,
            amr: BY_PASSWORD_AND_CODE.to_owned(),
            signed_in_at: now.whole_second(),
            last_seen_at: now,
            ..found.session.clone()
        },
        replaced: None,
        visitor: visit.origin.clone(),
        request: Some(answering.request.digest),
    };
    let event = Event::of(
        &visit.origin_of(operator),
        Action::SignedIn,
        now,
        organization,
    )
    .target(format!("operator:{operator}"));
    let keys = visit.app.tokens.keys.clone();
    let completed = visit.app.db.write(move |conn| {
        let (masters, code) = (keys.masters(), code.expose_secret());
        if !sign_in::verify_second_factor(conn, masters, organization, operator, code, now)? {
            return Ok(false);
        }
        // If two forms with the same cookie arrive at once, only one finds the session that waits.
        if !session::open(conn, &opening, now)? {
            return Err(db::Error::NotFound);
        }
        sign_in::complete(conn, organization, operator, opening.visitor.address, now)?;
        audit::record(conn, &event)?;
        Ok::<_, db::Error>(true)
    });
    match completed.await {
        Ok(true) => {
            visit.app.usage.note(organization, Count::SignedIn);
            Ok(Some(cookie))
        }
        Ok(false) => Ok(None),
        Err(db::Error::NotFound) => Err(PageError::Forged.into()),
        Err(other) => Err(other.into()),
    }
}
