//! The gate before every page: who may see it, and in which order a form is refused.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use super::answers::{finish, redirect};
use super::refusal::{Problem, Refusal};
use super::resume::Kept;
use super::sent::Sent;
use super::visit::{Outcome, Signed, Visit};
use super::{reauthenticate, sign_in};
use crate::http::{Anyone, ApiError, Call};
use crate::session::console::Right;

/// The response of a handler.
pub(super) type Answer = Result<HttpResponse, ApiError>;

/// What an act needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Needs {
    /// A session.
    Session,
    /// A session, and a recent proof of identity.
    Proof,
    /// The right to change the organization's records.
    Admin,
    /// That right, and a recent proof of identity: the act reveals or widens something.
    AdminAndProof,
}

/// Shows a page to a person who has signed in. Others are sent to the sign-in page.
pub(super) async fn show(
    call: Call<Anyone, Sent>,
    page: impl AsyncFnOnce(&Signed) -> Outcome,
) -> Answer {
    show_to(Visit::of(&call)?, page).await
}

/// Like [`show`].
pub(super) async fn show_to(visit: Visit, page: impl AsyncFnOnce(&Signed) -> Outcome) -> Answer {
    show_as(visit, true, page).await
}

/// Like [`show`], for a page that reloads itself: that is no use of the session.
pub(super) async fn watch(
    call: Call<Anyone, Sent>,
    page: impl AsyncFnOnce(&Signed) -> Outcome,
) -> Answer {
    show_as(Visit::of(&call)?, false, page).await
}

/// Like [`show`]. The session becomes idle as if nothing had been opened, unless `is_use`.
pub(super) async fn show_as(
    visit: Visit,
    is_use: bool,
    page: impl AsyncFnOnce(&Signed) -> Outcome,
) -> Answer {
    match visit.session(is_use).await {
        Err(refusal) => finish(&visit, None, Err(refusal)),
        Ok(Some((found, cookie))) if found.session.is_signed_in() => {
            let signed = visit.signed(found, cookie);
            let outcome = page(&signed).await;
            finish(&signed, Some(&signed), outcome)
        }
        Ok(_) => {
            let to = sign_in::path_with_next(&visit);
            finish(&visit, None, redirect(&to))
        }
    }
}

/// Shows a page that leads to a change of the organization's records. An auditor gets 403.
pub(super) async fn show_admin(
    call: Call<Anyone, Sent>,
    page: impl AsyncFnOnce(&Signed) -> Outcome,
) -> Answer {
    show(call, async |signed: &Signed| {
        if signed.found.right != Right::Admin {
            return Err(Problem::Right.into());
        }
        page(signed).await
    })
    .await
}

/// Takes a form of a person who has signed in. It is refused in this order: sent by another site
/// (403), no session (401, with the form kept), no token (403), no right (403), no recent proof of
/// identity (403, with the form kept).
pub(super) async fn act(
    call: Call<Anyone, Sent>,
    needs: Needs,
    act: impl AsyncFnOnce(&Signed) -> Outcome,
) -> Answer {
    act_on(Visit::of(&call)?, needs, act).await
}

/// Like [`act`].
pub(super) async fn act_on(
    visit: Visit,
    needs: Needs,
    act: impl AsyncFnOnce(&Signed) -> Outcome,
) -> Answer {
    if !visit.is_own {
        return finish(&visit, None, Err(Problem::Origin.into()));
    }
    let (found, cookie) = match visit.session(true).await {
        Err(refusal) => return finish(&visit, None, Err(refusal)),
        Ok(Some((found, cookie))) if found.session.is_signed_in() => (found, cookie),
        Ok(_) => {
            let outcome = ended(&visit).await;
            return finish(&visit, None, outcome);
        }
    };
    let signed = visit.signed(found, cookie);
    let asked = || needs.asks_proof().then(|| ask_proof(&signed)).flatten();
    let outcome = if let Some(problem) = refused(&signed, needs) {
        Err(problem.into())
    } else if let Some(asked) = asked() {
        asked
    } else {
        act(&signed).await
    };
    finish(&signed, Some(&signed), outcome)
}

/// The page after the session has ended: it asks for a sign-in, and keeps the form.
async fn ended(visit: &Visit) -> Outcome {
    let kept = Kept::of_ended(visit).await?;
    let kept = kept.map(|kept| kept.seal(&visit.app));
    sign_in::ask(
        visit,
        StatusCode::UNAUTHORIZED,
        sign_in::Asked {
            resume: kept.as_deref(),
            ..sign_in::Asked::default()
        },
    )
}

fn refused(signed: &Signed, needs: Needs) -> Option<Problem> {
    if !signed.has_csrf() {
        return Some(Problem::Csrf);
    }
    let allowed = match needs {
        Needs::Session | Needs::Proof => true,
        Needs::Admin | Needs::AdminAndProof => signed.found.right == Right::Admin,
    };
    (!allowed).then_some(Problem::Right)
}

impl Needs {
    const fn asks_proof(self) -> bool {
        matches!(self, Self::Proof | Self::AdminAndProof)
    }
}

/// Asks for a proof before an act that turns out to reveal or widen something. `None` if the person
/// has lately given one.
pub(super) fn ask_proof(signed: &Signed) -> Option<Outcome> {
    if signed.is_proven() {
        return None;
    }
    let kept = Kept::of(signed).seal(&signed.app);
    let status = StatusCode::FORBIDDEN;
    let asked = reauthenticate::ask(signed, status, Some(&kept), "", Vec::new());
    Some(asked)
}

/// Refuses a form whose button this page does not know.
pub(super) fn unknown_button() -> Outcome {
    Err(Refusal::Problem(Problem::Form))
}
