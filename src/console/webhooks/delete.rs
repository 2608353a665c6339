//! Removing a webhook.

use super::{PATH, find, path_of};
use crate::console::answers::Page;
use crate::console::gate::{self, Answer, Needs};
use crate::console::page::{Effect, Form, Notice, Part};
use crate::console::sent::Sent;
use crate::console::visit::{Outcome, Signed};
use crate::http::{Anyone, Call};
use crate::webhook;

pub(super) async fn get(call: Call<Anyone, Sent>) -> Answer {
    gate::show_admin(call, async |signed: &Signed| {
        let webhook = find(signed, &signed.id).await?;
        let base = path_of(webhook.id);
        let form = Form::new("confirm", format!("{base}/delete"), signed.csrf())
            .danger("delete", signed.text("webhook-delete"))
            .cancel(base, signed.text("cancel"));
        let effect = Effect {
            tokens: None,
            lines: vec![
                signed.phrase("webhook-delete-effect"),
                signed.phrase("webhook-delete-stays"),
            ],
        };
        let parts = vec![Part::Effect(effect), Part::Form(form)];
        let heading = signed.around("webhook-delete-question", &webhook.url);
        let page = Page::new("webhook-confirm", heading, parts);
        signed.page(page).await
    })
    .await
}

pub(super) async fn post(call: Call<Anyone, Sent>) -> Answer {
    gate::act(call, Needs::Admin, delete).await
}

async fn delete(signed: &Signed) -> Outcome {
    if signed.sent.text("do") != "delete" {
        return gate::unknown_button();
    }
    let webhook = find(signed, &signed.id).await?;
    let (organization, origin, now) = (signed.organization(), signed.origin.clone(), signed.now);
    let id = webhook.id;
    let remove = move |conn: &mut _| webhook::remove(conn, organization, id, &origin, now);
    signed.app.db.write(remove).await?;
    let notice = Notice::new(signed.around("webhook-deleted", &webhook.url));
    signed.done(PATH, notice).await
}
