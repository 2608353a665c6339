//! The gate before every page of the platform: who may see it, and in which order a form is refused.

pub(super) use crate::console::gate::unknown_button;

use actix_web::http::StatusCode;

use super::reauthenticate;
use super::resume;
use super::visit::Admin;
use crate::console::answers::{finish, redirect};
use crate::console::gate::Answer;
use crate::console::refusal::Problem;
use crate::console::sent::Sent;
use crate::console::sign_in;
use crate::console::visit::{Outcome, Visit};
use crate::http::{Anyone, Call};

/// Shows a page to an admin who has signed in. Others are sent to the sign-in page of the platform.
pub(crate) async fn show(
    call: Call<Anyone, Sent>,
    page: impl AsyncFnOnce(&Admin) -> Outcome,
) -> Answer {
    show_to(Visit::of(&call)?, page).await
}

/// Like [`show`].
pub(crate) async fn show_to(visit: Visit, page: impl AsyncFnOnce(&Admin) -> Outcome) -> Answer {
    show_as(visit, true, page).await
}

/// Like [`show`], for a page that reloads itself: that is no use of the session.
pub(crate) async fn watch(
    call: Call<Anyone, Sent>,
    page: impl AsyncFnOnce(&Admin) -> Outcome,
) -> Answer {
    show_as(Visit::of(&call)?, false, page).await
}

/// Like [`show`]. The session becomes idle as if nothing had been opened, unless `is_use`.
pub(crate) async fn show_as(
    visit: Visit,
    is_use: bool,
    page: impl AsyncFnOnce(&Admin) -> Outcome,
) -> Answer {
    match visit.platform_session(is_use).await {
        Err(refusal) => finish(&visit, None, Err(refusal)),
        Ok(Some((found, cookie))) if found.session.is_signed_in() => {
            let admin = visit.admin(found, cookie);
            let outcome = page(&admin).await;
            finish(&admin, Some(&admin), outcome)
        }
        Ok(_) => {
            let to = sign_in::path_with_next(&visit);
            finish(&visit, None, redirect(&to))
        }
    }
}

/// Takes a form of an admin who has signed in, and does what it says. It is refused in this order: sent
/// by another site (403), no session (401, with the form kept), no token (403), no recent proof of
/// identity (403, with the form kept).
pub(crate) async fn act(
    call: Call<Anyone, Sent>,
    act: impl AsyncFnOnce(&Admin) -> Outcome,
) -> Answer {
    act_with(Visit::of(&call)?, true, act).await
}

/// Like [`act`], for what an admin does with its own sessions: that needs no proof.
pub(crate) async fn act_on_own(
    call: Call<Anyone, Sent>,
    act: impl AsyncFnOnce(&Admin) -> Outcome,
) -> Answer {
    act_with(Visit::of(&call)?, false, act).await
}

async fn act_with(
    visit: Visit,
    needs_proof: bool,
    act: impl AsyncFnOnce(&Admin) -> Outcome,
) -> Answer {
    if !visit.is_own {
        return finish(&visit, None, Err(Problem::Origin.into()));
    }
    let (found, cookie) = match visit.platform_session(true).await {
        Err(refusal) => return finish(&visit, None, Err(refusal)),
        Ok(Some((found, cookie))) if found.session.is_signed_in() => (found, cookie),
        Ok(_) => {
            let outcome = ended(&visit).await;
            return finish(&visit, None, outcome);
        }
    };
    let admin = visit.admin(found, cookie);
    let outcome = if !admin.has_csrf() {
        Err(Problem::Csrf.into())
    } else if needs_proof && !admin.is_proven() {
        let kept = resume::keep(&admin).seal(&admin.app);
        reauthenticate::ask(&admin, StatusCode::FORBIDDEN, Some(&kept), "", Vec::new())
    } else {
        act(&admin).await
    };
    finish(&admin, Some(&admin), outcome)
}

/// The page after the session has ended: it asks for a sign-in, and keeps the form.
async fn ended(visit: &Visit) -> Outcome {
    let kept = resume::keep_of_ended(visit).await?;
    let kept = kept.map(|kept| kept.seal(&visit.app));
    let asked = sign_in::Asked {
        resume: kept.as_deref(),
        ..sign_in::Asked::default()
    };
    sign_in::ask(visit, StatusCode::UNAUTHORIZED, asked)
}
