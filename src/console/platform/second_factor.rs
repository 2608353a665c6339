//! The page for the second factor of an admin.

use actix_web::http::StatusCode;

use super::resume::resume;
use crate::console::answers::{finish, redirect};
use crate::console::gate::Answer;
use crate::console::refusal::{Problem, Refusal};
use crate::console::second_factor::{ask, code, refuse};
use crate::console::sent::Sent;
use crate::console::visit::{Outcome, Visit};
use crate::http::{Anyone, Call};
use crate::platform::{self, Found};
use crate::session::console::Cookie;

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

/// Returns the session that waits for its second factor. `None` if there is none: then the admin must
/// sign in again.
async fn waiting(visit: &Visit) -> Result<Option<(Found, Cookie)>, Refusal> {
    let found = visit.platform_session(true).await?;
    Ok(found.filter(|(found, _)| !found.session.is_signed_in()))
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
    match platform::complete(app, &found, cookie.digest(), code, origin).await {
        Ok(new) => go_on(visit, new).await,
        Err(error) => {
            let outcome = refuse(&visit, &cookie, error);
            finish(&visit, None, outcome)
        }
    }
}

/// Goes on with a session that has just begun: to the form that waited, or to the page that was asked
/// for.
async fn go_on(visit: Visit, cookie: Cookie) -> Answer {
    visit.give(&cookie);
    let resumed = visit.sent.text("resume").to_owned();
    let next = visit.next().to_owned();
    // The cookie must reach the browser, even if this fails. The next page decides again what follows.
    let found = platform::find(&visit.app, cookie.digest(), true).await;
    let Ok(Some(found)) = found else {
        return finish(&visit, None, redirect(&next));
    };
    let admin = visit.admin(found, cookie);
    let outcome = resume(&admin, &resumed, &next).await;
    finish(&admin, Some(&admin), outcome)
}
