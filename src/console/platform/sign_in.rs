//! The sign-in page of the platform. It is like that of organizations, and leads to the second factor
//! always.

use crate::console::answers::{finish, redirect};
use crate::console::gate::Answer;
use crate::console::sent::Sent;
use crate::console::visit::{Outcome, Visit};
use crate::console::{second_factor, sign_in};
use crate::http::{Anyone, Call};
use crate::platform;
use crate::session::console::Cookie;

pub(super) async fn get(call: Call<Anyone, Sent>) -> Answer {
    let visit = Visit::of(&call)?;
    let outcome = open(&visit).await;
    finish(&visit, None, outcome)
}

async fn open(visit: &Visit) -> Outcome {
    if let Some((found, _)) = visit.platform_session(false).await?
        && found.session.is_signed_in()
    {
        return redirect(visit.next());
    }
    sign_in::first(visit)
}

pub(super) async fn post(call: Call<Anyone, Sent>) -> Answer {
    let visit = Visit::of(&call)?;
    if let Some(problem) = sign_in::refusal(&visit) {
        return finish(&visit, None, Err(problem.into()));
    }
    let cookie = match take(&visit).await {
        Ok(cookie) => cookie,
        Err(refused) => return finish(&visit, None, refused),
    };
    visit.give(&cookie);
    let outcome = second_factor::follow(&visit, &cookie);
    finish(&visit, None, outcome)
}

/// Checks what was typed. Returns the new cookie, or the page that refuses it.
async fn take(visit: &Visit) -> Result<Cookie, Outcome> {
    let password = sign_in::password(visit).map_err(|page| *page)?;
    let (app, login) = (&visit.app, visit.sent.text("login"));
    let checked = platform::check(app, login, password, &visit.origin).await;
    let accepted = checked.map_err(|why| sign_in::refuse(visit, why))?;
    let before = visit.cookie.as_ref().map(Cookie::digest);
    let opened = platform::open(app, accepted, before, &visit.origin, visit.agent.clone());
    opened.await.map_err(|why| Err(why.into()))
}
