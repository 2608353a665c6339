//! Forms of the platform that had to wait for a sign-in, or for a proof who the admin is. They come
//! back filled in, and are not sent by themselves.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use super::visit::Admin;
use super::{account, admins, organizations, sign_out, webhooks};
use crate::console::account_language::Typed;
use crate::console::answers::redirect;
use crate::console::refusal::Refusal;
use crate::console::resume::{Kept, Whose};
use crate::console::sent::Sent;
use crate::console::visit::{Outcome, Visit};
use crate::console::webhooks as of_webhooks;
use crate::platform;
use crate::session::console::Cookie;

/// Keeps the form of an admin who has signed in.
pub(super) fn keep(admin: &Admin) -> Kept {
    Kept::new(admin, whose(admin))
}

fn whose(admin: &Admin) -> Whose {
    Whose::PlatformAdmin(admin.found.admin.id)
}

/// Keeps the form of an admin whose session has ended. `None` if nobody knows whose it was.
pub(super) async fn keep_of_ended(visit: &Visit) -> Result<Option<Kept>, Refusal> {
    let Some(cookie) = visit.cookie.as_ref().map(Cookie::digest) else {
        return Ok(None);
    };
    let read = move |conn: &mut _| platform::admin_of(conn, &cookie);
    let admin = visit.app.db.read(read).await?;
    Ok(admin.map(|id| Kept::new(visit, Whose::PlatformAdmin(id))))
}

/// Shows the form that was kept, if the same admin has signed in; else goes to `next`.
pub(super) async fn resume(admin: &Admin, text: &str, next: &str) -> Outcome {
    let kept = Kept::open(&admin.app, text, whose(admin), admin.now);
    let Some((path, sent)) = kept else {
        return redirect(next);
    };
    match show(admin, &path, &sent).await? {
        Some(response) => Ok(response),
        // These two have no page.
        None if path == sign_out::PATH || path == sign_out::KEEP => redirect(next),
        // A page without fields to fill in.
        None => redirect(&path),
    }
}

/// Shows the form of a path with these fields. `None` if nothing is typed there.
async fn show(admin: &Admin, path: &str, sent: &Sent) -> Result<Option<HttpResponse>, Refusal> {
    let status = StatusCode::OK;
    let below = |folder: &str| path.strip_prefix(folder)?.strip_prefix('/');
    if let Some(id) = below(organizations::PATH).filter(|id| !id.contains('/') && *id != "new") {
        let form = organizations::record::form(admin, status, id, Some(sent), Vec::new());
        return form.await.map(Some);
    }
    if let Some(id) = below(webhooks::PATH).filter(|id| !id.contains('/') && *id != "new") {
        let form = of_webhooks::record::form(admin, status, id, Some(sent), Vec::new());
        return form.await.map(Some);
    }
    match path {
        account::PATH if !sent.text("language").is_empty() => {
            let sent = Some(sent);
            let typed = Typed {
                sent,
                ..Typed::default()
            };
            account::form(admin, typed).await.map(Some)
        }
        admins::NEW => admins::form(admin, status, sent, Vec::new()).map(Some),
        organizations::NEW => organizations::new::form(admin, status, sent, Vec::new()).map(Some),
        webhooks::NEW => of_webhooks::new::form(admin, status, sent, Vec::new()).map(Some),
        _ => Ok(None),
    }
}
