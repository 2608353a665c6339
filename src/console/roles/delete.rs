//! Deleting a role that nothing has.

use super::{PATH, find, path_of, used_by};
use crate::access::Roles;
use crate::console::answers::Page;
use crate::console::gate::{self, Answer, Needs};
use crate::console::page::{Action, Effect, Form, Notice, Part, Phrase};
use crate::console::refusal::Refusal;
use crate::console::sent::Sent;
use crate::console::visit::{Outcome, Signed};
use crate::db::Conn;
use crate::http::{Anyone, Call};
use crate::organization::definitions::manage::{self, DefineError};
use crate::revocation;

pub(super) async fn get(call: Call<Anyone, Sent>) -> Answer {
    gate::show_admin(call, async |signed: &Signed| {
        let page = question(signed).await?;
        signed.page(page).await
    })
    .await
}

async fn question(signed: &Signed) -> Result<Page, Refusal> {
    let name = &signed.id;
    let (_, used) = find(signed, name).await?;
    let back = path_of(name);
    let mut parts = Vec::new();
    if used.is_used() || Roles::is_fixed(name) {
        let why = if Roles::is_fixed(name) {
            signed.text("role-fixed")
        } else {
            format!("{} {}", signed.text("role-in-use"), used_by(signed, used))
        };
        parts.push(Part::Warning(Phrase::plain(why)));
        parts.push(Part::Actions(vec![Action {
            link: signed.link(back, "back"),
            primary: false,
        }]));
    } else {
        parts.push(Part::Effect(Effect {
            tokens: Some("0".to_owned()),
            lines: vec![signed.phrase("role-delete-effect")],
        }));
        let form = Form::new("confirm", format!("{PATH}/{name}/delete"), signed.csrf())
            .danger("delete", signed.text("delete"))
            .cancel(back, signed.text("cancel"));
        parts.push(Part::Form(form));
    }
    let heading = signed.around("role-delete-question", name);
    Ok(Page::new("role-confirm", heading, parts))
}

pub(super) async fn post(call: Call<Anyone, Sent>) -> Answer {
    gate::act(call, Needs::AdminAndProof, delete).await
}

async fn delete(signed: &Signed) -> Outcome {
    if signed.sent.text("do") != "delete" {
        return gate::unknown_button();
    }
    let (organization, name) = (signed.organization(), signed.id.clone());
    let (origin, now) = (signed.origin.clone(), signed.now);
    let (db, feed) = (&signed.app.db, signed.app.nodes.feed.clone());
    let removed = revocation::commit_here(db, feed, move |conn: &mut Conn| {
        manage::remove_role(conn, organization, &name, &origin, now)
    })
    .await;
    match removed {
        Ok(_) => {
            let notice = Notice::new(signed.around("role-deleted", &signed.id));
            signed.done(PATH, notice).await
        }
        // Somebody was given the role meanwhile.
        Err(DefineError::InUse(_) | DefineError::Fixed(_)) => {
            let page = question(signed).await?;
            signed.answer(&page.with_status(actix_web::http::StatusCode::CONFLICT))
        }
        Err(why) => Err(why.into()),
    }
}
