//! The page where an operator changes its own password.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use super::form::Sent;
use super::step::Answering;
use crate::http::{Anyone, ApiError, Call, Form};
use crate::login::LoginError;
use crate::oauth::http::visit::{Refusal, Visit};
use crate::operator::password::{ChangeError, NewPasswordError as Unusable, change_own};
use crate::page::oauth::{
    Done, LOGIN, NewPassword, NewPasswordError, Outcome, PASSWORD, PageError,
};
use crate::page::{Ask, Look};
use crate::password::PasswordError;
use crate::session::{self, Found, Stage};

/// The value of `done` after the password was changed.
const CHANGED: &str = "changed";

/// The value of `done` after the operator has cancelled.
const KEPT: &str = "kept";

pub(super) async fn get(call: Call<Anyone>) -> Result<HttpResponse, ApiError> {
    let visit = Visit::of_page(&call).await?;
    let outcome = show(&visit).await;
    visit.finish(outcome).await
}

async fn show(visit: &Visit) -> Result<HttpResponse, Refusal> {
    let answering = match &visit.request {
        Some(id) => Some(Answering::of(visit, id.clone()).await?),
        None => None,
    };
    let found = signed_in(visit, answering.as_ref()).await?;
    let (answering, found) = match (answering, found) {
        (answering, Some(found)) => (answering, found),
        (Some(answering), None) => return sign_in_first(visit, &answering).await,
        (None, None) => return Err(PageError::NoRequest.into()),
    };
    let outcome = match visit.done.as_deref() {
        Some(CHANGED) => Some(Outcome::PasswordChanged),
        Some(KEPT) => Some(Outcome::PasswordKept),
        _ => None,
    };
    if let (None, Some(outcome)) = (&answering, outcome) {
        let look = visit.look(&[]);
        return visit.page(StatusCode::OK, &Done { look, outcome });
    }
    page(visit, answering.as_ref(), &found, &[])
}

/// Returns the session of the operator whose password is changed. For a client's request the
/// operator must be of that client's organization.
async fn signed_in(visit: &Visit, answering: Option<&Answering>) -> Result<Option<Found>, Refusal> {
    let found = visit.signed_in().await?;
    Ok(found.filter(|found| {
        answering.is_none_or(|one| one.request.organization == found.session.organization)
    }))
}

/// Sends the browser to the sign-in page. After the sign-in it returns here.
async fn sign_in_first(visit: &Visit, answering: &Answering) -> Result<HttpResponse, Refusal> {
    set_stage(visit, answering, answering.request.stage.before_password()).await?;
    visit.see(&answering.link(LOGIN), None)
}

async fn set_stage(visit: &Visit, answering: &Answering, stage: Stage) -> Result<(), Refusal> {
    let request = answering.request.clone();
    let write = move |conn: &mut _| session::store::set_stage(conn, &request, stage);
    Ok(visit.app.db.write(write).await?)
}

/// Returns the page with the form. With `errors`, it is the answer to a form that was refused.
fn page(
    visit: &Visit,
    answering: Option<&Answering>,
    found: &Found,
    errors: &[NewPasswordError],
) -> Result<HttpResponse, Refusal> {
    let csrf = visit.csrf();
    let profile = &found.operator.profile;
    let username = profile.username.as_ref().or(profile.email.as_ref());
    let page = NewPassword {
        ask: Ask {
            look: look(visit, answering),
            csrf: &csrf,
            request: answering.map(|one| one.id.as_str()),
        },
        username: username.unwrap_or(&profile.name),
        errors,
    };
    let wait = errors.iter().find_map(|error| match error {
        NewPasswordError::Throttled(wait) => Some(*wait),
        _ => None,
    });
    if errors.is_empty() {
        visit.page(StatusCode::OK, &page)
    } else {
        visit.again(wait, &page)
    }
}

fn look(visit: &Visit, answering: Option<&Answering>) -> Look {
    answering.map_or_else(|| visit.look(&[]), |one| one.look)
}

pub(super) async fn post(call: Call<Anyone, Form<Sent>>) -> Result<HttpResponse, ApiError> {
    let visit = Visit::of_page(&call).await?;
    let Form(sent) = call.body;
    let outcome = take(&visit, sent).await;
    visit.finish(outcome).await
}

async fn take(visit: &Visit, sent: Sent) -> Result<HttpResponse, Refusal> {
    visit.check_form(sent.csrf.as_deref())?;
    let answering = match &sent.request {
        Some(id) => Some(Answering::of(visit, id.clone()).await?),
        None => None,
    };
    let changes = match sent.action.as_deref() {
        Some("change") => true,
        Some("cancel") => false,
        _ => return Err(PageError::BadRequest.into()),
    };
    let answering = answering.as_ref();
    let Some(found) = signed_in(visit, answering).await? else {
        let answering = answering.ok_or(PageError::NoRequest)?;
        return sign_in_first(visit, answering).await;
    };
    if !changes {
        return leave(visit, answering, KEPT).await;
    }
    let (current, new) = match (sent.current, sent.new) {
        (Some(current), Some(new)) => (current, new),
        (current, new) => {
            let mut errors = Vec::new();
            errors.extend(
                current
                    .is_none()
                    .then_some(NewPasswordError::CurrentMissing),
            );
            errors.extend(new.is_none().then_some(NewPasswordError::NewMissing));
            return page(visit, answering, &found, &errors);
        }
    };
    let claims = found.claims(&visit.app);
    let origin = visit.origin_of(found.operator.id);
    let others = session::end_others(&visit.app, &claims);
    let outcome = change_own(&visit.app, claims, current, new, origin, others).await;
    let Err(error) = outcome else {
        return leave(visit, answering, CHANGED).await;
    };
    let error = match error {
        ChangeError::Login(LoginError::Refused) => NewPasswordError::CurrentWrong,
        ChangeError::Login(LoginError::Throttled(wait)) => NewPasswordError::Throttled(wait),
        ChangeError::Login(other) => return Err(other.into()),
        ChangeError::New(Unusable::Invalid(PasswordError::Empty)) => NewPasswordError::NewMissing,
        ChangeError::New(Unusable::Invalid(PasswordError::TooLong)) => NewPasswordError::NewTooLong,
        ChangeError::New(Unusable::Invalid(PasswordError::Nul)) => NewPasswordError::NewUnusable,
        ChangeError::New(Unusable::Busy) => return Err(ApiError::unavailable().into()),
        ChangeError::New(Unusable::Hash(why)) => {
            tracing::error!(%why, "a password cannot be hashed");
            return Err(ApiError::internal().into());
        }
        // The session ended meanwhile.
        ChangeError::Revoked | ChangeError::Manage(_) => return Err(PageError::Forged.into()),
    };
    page(visit, answering, &found, &[error])
}

/// Leaves the page: back to the client's request, or to the page that says what was done.
async fn leave(
    visit: &Visit,
    answering: Option<&Answering>,
    done: &str,
) -> Result<HttpResponse, Refusal> {
    let Some(answering) = answering else {
        let url = visit.look(&[]).link(PASSWORD, &[("done", Some(done))]);
        return visit.see(&url, None);
    };
    let stage = answering.request.stage;
    if stage.is_password_first() {
        set_stage(visit, answering, stage.after_password()).await?;
    }
    answering.go_on(visit).await
}
