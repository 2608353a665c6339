//! Adding a webhook.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use super::{base, chosen, error, fields, path_of, path_of_new};
use crate::console::answers::Page;
use crate::console::gate::{self, Answer, Needs};
use crate::console::host::Host;
use crate::console::page::{Form, FormError, Part, Phrase, Secret};
use crate::console::refusal::Refusal;
use crate::console::sent::Sent;
use crate::console::visit::{Outcome, Signed};
use crate::db::Conn;
use crate::http::{Anyone, Call};
use crate::session::console::Claim;
use crate::webhook::{self, Change, ManageError};

pub(super) async fn get(call: Call<Anyone, Sent>) -> Answer {
    gate::show_admin(call, ask::<Signed>).await
}

/// Shows the empty form.
pub(in crate::console) async fn ask<H: Host>(signed: &H) -> Outcome {
    form(signed, StatusCode::OK, &Sent::default(), Vec::new())
}

/// Shows the form.
pub(in crate::console) fn form(
    signed: &impl Host,
    status: StatusCode,
    sent: &Sent,
    errors: Vec<FormError>,
) -> Result<HttpResponse, Refusal> {
    let mut form = Form::new("webhook", path_of_new(signed), signed.form_token())
        .hidden("once", Signed::once());
    for field in fields(signed, sent.text("url"), &sent.all("events")) {
        form = form.field(field);
    }
    let form = form
        .button("create", signed.text("webhook-create"))
        .cancel(base(signed), signed.text("cancel"))
        .errors(errors);
    let heading = signed.phrase("webhook-new");
    let page = Page::new("webhook-new", heading, vec![Part::Form(form)]);
    signed.answers(&page.with_status(status))
}

/// Returns what a form wants an endpoint to be, or what is wrong with it.
pub(super) fn wanted(signed: &impl Host) -> Result<Change, Vec<FormError>> {
    let sent = &signed.sent;
    let wrong = |field, id| FormError::of(signed.language(), Some(field), id);
    let url = sent.optional("url");
    let events = chosen(signed.owner(), &sent.all("events"));
    let events = events.filter(|events| !events.is_empty());
    let mut errors = Vec::new();
    if url.is_none() {
        errors.push(wrong("url", "webhook-url-wrong"));
    }
    if events.is_none() {
        errors.push(wrong("events", "webhook-events-missing"));
    }
    if errors.is_empty() {
        Ok(Change {
            url,
            events,
            active: None,
        })
    } else {
        Err(errors)
    }
}

pub(super) async fn post(call: Call<Anyone, Sent>) -> Answer {
    gate::act(call, Needs::AdminAndProof, create::<Signed>).await
}

/// Adds the webhook.
pub(in crate::console) async fn create<H: Host>(signed: &H) -> Outcome {
    let sent = &signed.sent;
    if sent.text("do") != "create" || sent.text("once").is_empty() {
        return gate::unknown_button();
    }
    let refused = |errors| form(signed, StatusCode::UNPROCESSABLE_ENTITY, sent, errors);
    let wanted = match wanted(signed) {
        Ok(wanted) => wanted,
        Err(errors) => return refused(errors),
    };
    let (organization, origin, now) = (signed.owner(), signed.origin.clone(), signed.now);
    let once = sent.text("once").to_owned();
    let keeper = Arc::clone(&signed.app.tokens.keys);
    let allow_private = signed.app.settings.private_webhooks;
    let create = move |conn: &mut Conn| {
        if let Claim::Again(made) = H::claim(conn, organization, &once, now)? {
            return Ok(Err(made));
        }
        let how = (keeper.masters(), allow_private);
        let added = webhook::add(conn, organization, wanted, how, &origin, now)?;
        H::made(conn, organization, &once, &added.0.id.to_string())?;
        Ok::<_, ManageError>(Ok(added))
    };
    let (webhook, secret) = match signed.app.db.write(create).await {
        Ok(Ok(added)) => added,
        Ok(Err(made)) => {
            let id = made.and_then(|id| id.parse().ok());
            let to = id.map_or_else(|| base(signed).to_owned(), |id| path_of(signed, id));
            return signed.had_sent(&to).await;
        }
        Err(why) => {
            return match error(signed, &why) {
                Some(wrong) => refused(vec![wrong]),
                None => Err(why.into()),
            };
        }
    };
    let parts = vec![
        Part::Text(signed.phrase("webhook-secret-use")),
        Part::Secret(Secret {
            label: signed.text("webhook-secret"),
            text: secret.text().to_string(),
            second: None,
            curl: None,
            stored: signed.link(path_of(signed, webhook.id), "secret-stored"),
        }),
    ];
    let heading = Phrase::around(signed.language(), "webhook-created", &webhook.url);
    signed.answers(&Page::new("secret", heading, parts))
}
