//! Removing a webhook.

use super::{base, find, path_of};
use crate::console::answers::Page;
use crate::console::gate::{self, Answer, Needs};
use crate::console::host::Host;
use crate::console::page::{Effect, Form, Notice, Part};
use crate::console::sent::Sent;
use crate::console::visit::{Outcome, Signed};
use crate::http::{Anyone, Call};
use crate::webhook;

pub(super) async fn get(call: Call<Anyone, Sent>) -> Answer {
    gate::show_admin(call, ask::<Signed>).await
}

/// The page that says what will happen.
pub(in crate::console) async fn ask<H: Host>(signed: &H) -> Outcome {
    let webhook = find(signed, &signed.id).await?;
    let record = path_of(signed, webhook.id);
    let form = Form::new("confirm", format!("{record}/delete"), signed.form_token())
        .danger("delete", signed.text("webhook-delete"))
        .cancel(record, signed.text("cancel"));
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
    signed.shows(page).await
}

pub(super) async fn post(call: Call<Anyone, Sent>) -> Answer {
    gate::act(call, Needs::Admin, delete::<Signed>).await
}

/// Removes the webhook.
pub(in crate::console) async fn delete<H: Host>(signed: &H) -> Outcome {
    if signed.sent.text("do") != "delete" {
        return gate::unknown_button();
    }
    let webhook = find(signed, &signed.id).await?;
    let (organization, origin, now) = (signed.owner(), signed.origin.clone(), signed.now);
    let id = webhook.id;
    let remove = move |conn: &mut _| webhook::remove(conn, organization, id, &origin, now);
    signed.app.db.write(remove).await?;
    let notice = Notice::new(signed.around("webhook-deleted", &webhook.url));
    signed.has_done(base(signed), notice).await
}
