//! The page on which an admin proves again who it is, by a code.

use actix_web::http::StatusCode;

use super::gate;
use super::resume::resume;
use super::visit::Admin;
use crate::console::answers::finish;
use crate::console::gate::{Answer, unknown_button};
use crate::console::page::FormError;
use crate::console::reauthenticate::page;
use crate::console::refusal::Problem;
use crate::console::sent::Sent;
use crate::console::sign_in::{self, set_wait, throttled};
use crate::console::visit::{Outcome, Visit};
use crate::http::{Anyone, Call};
use crate::platform;
use crate::session::console::{CodeError, Cookie};

pub(super) async fn get(call: Call<Anyone, Sent>) -> Answer {
    gate::show(call, async |admin: &Admin| {
        let next = admin.asked("next").to_owned();
        ask(admin, StatusCode::OK, None, &next, Vec::new())
    })
    .await
}

/// Shows the page. `kept` is the form that waits for the proof.
pub(super) fn ask(
    admin: &Admin,
    status: StatusCode,
    kept: Option<&str>,
    next: &str,
    errors: Vec<FormError>,
) -> Outcome {
    let page = page(admin, admin.csrf(), true, kept, next, errors);
    admin.answer(&page.with_status(status))
}

pub(super) async fn post(call: Call<Anyone, Sent>) -> Answer {
    let visit = Visit::of(&call)?;
    if !visit.is_own {
        return finish(&visit, None, Err(Problem::Origin.into()));
    }
    let (found, cookie) = match visit.platform_session(true).await {
        Err(refusal) => return finish(&visit, None, Err(refusal)),
        Ok(Some((found, cookie))) if found.session.is_signed_in() => (found, cookie),
        Ok(_) => {
            let asked = sign_in::Asked::default();
            let outcome = sign_in::ask(&visit, StatusCode::UNAUTHORIZED, asked);
            return finish(&visit, None, outcome);
        }
    };
    let admin = visit.admin(found, cookie);
    if !admin.has_csrf() {
        return finish(&admin, Some(&admin), Err(Problem::Csrf.into()));
    }
    if admin.sent.text("do") != "confirm" {
        return finish(&admin, Some(&admin), unknown_button());
    }
    let cookie = match prove(&admin).await {
        Ok(cookie) => cookie,
        Err(refused) => return finish(&admin, Some(&admin), refused),
    };
    let kept = admin.sent.text("resume").to_owned();
    let next = admin.next().to_owned();
    let mut found = admin.found.clone();
    found.session.authenticated_at = admin.now;
    let renewed = admin.renewed(found, cookie);
    let outcome = resume(&renewed, &kept, &next).await;
    finish(&renewed, Some(&renewed), outcome)
}

/// Checks the code. Returns the new cookie, or the page that refuses it.
async fn prove(admin: &Admin) -> Result<Cookie, Outcome> {
    let code = admin.sent.text("code").to_owned();
    let wrong = |id| {
        let error = FormError::of(admin.language(), Some("code"), id);
        refused(admin, StatusCode::UNPROCESSABLE_ENTITY, error)
    };
    if code.trim().is_empty() {
        return Err(wrong("code-missing"));
    }
    let (before, origin) = (admin.cookie.digest(), &admin.origin);
    let proved = platform::confirm(&admin.app, &admin.found, before, code, origin).await;
    proved.map_err(|error| match error {
        CodeError::Wrong => wrong("code-wrong"),
        CodeError::Throttled(wait) => {
            let error = throttled(admin, wait);
            let mut page = refused(admin, StatusCode::TOO_MANY_REQUESTS, error)?;
            set_wait(&mut page, wait);
            Ok(page)
        }
        CodeError::Over => Err(Problem::Changed.into()),
        CodeError::Database(why) => Err(why.into()),
    })
}

fn refused(admin: &Admin, status: StatusCode, error: FormError) -> Outcome {
    let kept = Some(admin.sent.text("resume")).filter(|kept| !kept.is_empty());
    ask(admin, status, kept, admin.sent.text("next"), vec![error])
}
