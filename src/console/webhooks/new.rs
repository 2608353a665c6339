//! Adding a webhook.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use super::{NEW, PATH, chosen, error, fields, path_of};
use crate::console::answers::Page;
use crate::console::gate::{self, Answer, Needs};
use crate::console::page::{Form, FormError, Part, Phrase, Secret};
use crate::console::refusal::Refusal;
use crate::console::sent::Sent;
use crate::console::visit::{Outcome, Signed};
use crate::db::Conn;
use crate::http::{Anyone, Call};
use crate::session::console::{self, Claim};
use crate::webhook::{self, Change, ManageError};

pub(super) async fn get(call: Call<Anyone, Sent>) -> Answer {
    gate::show_admin(call, async |signed: &Signed| {
        form(signed, StatusCode::OK, &Sent::default(), Vec::new())
    })
    .await
}

/// Shows the form.
pub(in crate::console) fn form(
    signed: &Signed,
    status: StatusCode,
    sent: &Sent,
    errors: Vec<FormError>,
) -> Result<HttpResponse, Refusal> {
    let mut form = Form::new("webhook", NEW, signed.csrf()).hidden("once", Signed::once());
    for field in fields(signed, sent.text("url"), &sent.all("events")) {
        form = form.field(field);
    }
    let form = form
        .button("create", signed.text("webhook-create"))
        .cancel(PATH, signed.text("cancel"))
        .errors(errors);
    let heading = signed.phrase("webhook-new");
    let page = Page::new("webhook-new", heading, vec![Part::Form(form)]);
    signed.answer(&page.with_status(status))
}

/// Returns what a form wants an endpoint to be, or what is wrong with it.
pub(super) fn wanted(signed: &Signed) -> Result<Change, Vec<FormError>> {
    let sent = &signed.sent;
    let wrong = |field, id| FormError::of(signed.language(), Some(field), id);
    let (url, events) = (sent.optional("url"), chosen(&sent.all("events")));
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
    gate::act(call, Needs::AdminAndProof, create).await
}

async fn create(signed: &Signed) -> Outcome {
    let sent = &signed.sent;
    if sent.text("do") != "create" || sent.text("once").is_empty() {
        return gate::unknown_button();
    }
    let refused = |errors| form(signed, StatusCode::UNPROCESSABLE_ENTITY, sent, errors);
    let wanted = match wanted(signed) {
        Ok(wanted) => wanted,
        Err(errors) => return refused(errors),
    };
    let (organization, origin, now) = (signed.organization(), signed.origin.clone(), signed.now);
    let once = sent.text("once").to_owned();
    let keeper = Arc::clone(&signed.app.tokens.keys);
    let allow_private = signed.app.settings.private_webhooks;
    let create = move |conn: &mut Conn| {
        if let Claim::Again(made) = console::claim(conn, organization, &once, now)? {
            return Ok(Err(made));
        }
        let how = (keeper.masters(), allow_private);
        let added = webhook::add(conn, organization, wanted, how, &origin, now)?;
        console::made(conn, organization, &once, &added.0.id.to_string())?;
        Ok::<_, ManageError>(Ok(added))
    };
    let (webhook, secret) = match signed.app.db.write(create).await {
        Ok(Ok(added)) => added,
        Ok(Err(made)) => {
            let id = made.and_then(|id| id.parse().ok());
            let to = id.map_or_else(|| PATH.to_owned(), path_of);
            return signed.sent_before(&to).await;
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
            stored: signed.link(path_of(webhook.id), "secret-stored"),
        }),
    ];
    let heading = Phrase::around(signed.language(), "webhook-created", &webhook.url);
    signed.answer(&Page::new("secret", heading, parts))
}
