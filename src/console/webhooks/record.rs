//! The page of one webhook.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use super::new::wanted;
use super::{error, events, fields, find, messages, path_of, status};
use crate::base::version_of;
use crate::console::answers::Page;
use crate::console::gate::{self, Answer, Needs};
use crate::console::host::Host;
use crate::console::page::{
    Action, Cell, Choice, Control, Field, Form, FormError, Notice, Part, Phrase,
};
use crate::console::refusal::Refusal;
use crate::console::sent::Sent;
use crate::console::shown;
use crate::console::visit::{Outcome, Signed, Visit};
use crate::db::Conn;
use crate::http::{Anyone, Call};
use crate::outbox::MessageId;
use crate::webhook::{self, Change, ManageError, Webhook, WebhookStatus};

pub(super) async fn get(call: Call<Anyone, Sent>) -> Answer {
    gate::show(call, show::<Signed>).await
}

/// Shows the page.
pub(in crate::console) async fn show<H: Host>(signed: &H) -> Outcome {
    let webhook = find(signed, &signed.id).await?;
    let page = page(signed, &webhook, None, Vec::new()).await?;
    signed.shows(page).await
}

/// Shows the page with these fields in its form.
pub(in crate::console) async fn form(
    signed: &impl Host,
    status: StatusCode,
    id: &str,
    sent: Option<&Sent>,
    errors: Vec<FormError>,
) -> Result<HttpResponse, Refusal> {
    let webhook = find(signed, id).await?;
    let page = page(signed, &webhook, sent, errors).await?;
    signed.answers(&page.with_status(status))
}

/// The version of what an admin can change.
fn version(webhook: &Webhook) -> String {
    let words: Vec<_> = webhook.events.iter().map(|kind| kind.as_str()).collect();
    version_of(&serde_json::json!([
        webhook.url,
        words,
        webhook.status.as_str()
    ]))
}

async fn page(
    signed: &impl Host,
    webhook: &Webhook,
    sent: Option<&Sent>,
    errors: Vec<FormError>,
) -> Result<Page, Refusal> {
    let mut parts = vec![Part::Facts("webhook", facts(signed, webhook))];
    let may_change = signed.may_change();
    let messages = messages::of(signed, webhook).await?;
    if may_change && webhook.status == WebhookStatus::Active {
        let timeout = shown::span(signed.app.settings.webhook_timeout, signed.language());
        let hint = signed.text_with("webhook-test-hint", "span", &timeout);
        parts.push(Part::Text(Phrase::plain(hint)));
        let mut acts = Form::new("acts", path_of(signed, webhook.id), signed.form_token())
            .button("test", signed.text("webhook-test"));
        if messages.some_failed {
            acts = acts.button("retry", signed.text("webhook-retry-all"));
        }
        parts.push(Part::Form(acts));
    }
    parts.push(Part::Heading(signed.text("deliveries")));
    parts.extend(messages.parts);
    if may_change {
        parts.push(Part::Heading(signed.text("settings")));
        parts.push(Part::Form(settings(signed, webhook, sent, errors)));
        parts.push(Part::Actions(vec![Action {
            link: signed.link(
                format!("{}/delete", path_of(signed, webhook.id)),
                "webhook-delete",
            ),
            primary: false,
        }]));
    }
    let heading = Phrase {
        name: Some(webhook.url.clone()),
        ..Phrase::default()
    };
    Ok(Page::new("webhook", heading, parts))
}

fn facts(signed: &Visit, webhook: &Webhook) -> Vec<(String, Vec<Cell>)> {
    let (word, tone) = status(webhook);
    let mut facts = vec![
        (signed.text("status"), vec![signed.badge(word, tone)]),
        (signed.text("webhook-events"), events(webhook)),
        (signed.text("added"), vec![signed.time(webhook.created_at)]),
    ];
    if let Some(at) = webhook.gave_up_at {
        facts.push((signed.text("webhook-gave-up"), signed.time_and_ago(at)));
    }
    facts
}

fn settings(
    signed: &impl Host,
    webhook: &Webhook,
    sent: Option<&Sent>,
    errors: Vec<FormError>,
) -> Form {
    let held = webhook.events.iter().map(|kind| kind.as_str().to_owned());
    let (url, held, is_active) = match sent {
        Some(sent) => (
            sent.text("url").to_owned(),
            sent.all("events"),
            sent.text("status") == "active",
        ),
        None => (
            webhook.url.clone(),
            held.collect(),
            webhook.status == WebhookStatus::Active,
        ),
    };
    let known = sent.and_then(|sent| sent.optional("version"));
    let mut form = Form::new("save", path_of(signed, webhook.id), signed.form_token())
        .hidden("version", known.unwrap_or_else(|| version(webhook)));
    for field in fields(signed, &url, &held) {
        form = form.field(field);
    }
    let choices = vec![
        Choice::new("active", signed.text("status-active"), is_active),
        Choice {
            hint: Some(signed.text("webhook-inactive-hint")),
            ..Choice::new("inactive", signed.text("status-inactive"), !is_active)
        },
    ];
    form.field(Field::controlled(
        "status",
        signed.text("status"),
        Control::Radios(choices),
    ))
    .button("save", signed.text("save"))
    .errors(errors)
}

pub(super) async fn post(call: Call<Anyone, Sent>) -> Answer {
    gate::act(call, Needs::Admin, perform::<Signed>).await
}

/// Does what a button of the page says.
pub(in crate::console) async fn perform<H: Host>(signed: &H) -> Outcome {
    match signed.sent.text("do") {
        "save" => save(signed).await,
        "test" => test(signed).await,
        "retry" => retry(signed).await,
        _ => gate::unknown_button(),
    }
}

async fn save(signed: &impl Host) -> Outcome {
    let webhook = find(signed, &signed.id).await?;
    let sent = &signed.sent;
    let again = async |errors| {
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        form(signed, status, &signed.id, Some(sent), errors).await
    };
    let wanted = match wanted(signed) {
        Ok(wanted) => wanted,
        Err(errors) => return again(errors).await,
    };
    let active = match (sent.text("status"), webhook.status) {
        ("active", _) => Some(true),
        // An endpoint that is gone stays so until it is activated.
        ("inactive", WebhookStatus::Gone) => None,
        ("inactive", _) => Some(false),
        _ => return gate::unknown_button(),
    };
    // Another address or more events widen what leaves the organization.
    let another = wanted.url.as_deref() != Some(webhook.url.as_str());
    let mut chosen = wanted.events.iter().flatten();
    let widens = another || chosen.any(|kind| !webhook.events.contains(kind));
    if widens && let Some(asked) = signed.asked_for_proof() {
        return asked;
    }
    let wanted = Change { active, ..wanted };
    let which = (webhook.organization, webhook.id);
    let (origin, now) = (signed.origin.clone(), signed.now);
    let (private, known) = (
        signed.app.settings.private_webhooks,
        sent.text("version").to_owned(),
    );
    let write = move |conn: &mut Conn| {
        let unchanged = |stored: &Webhook| version(stored) == known;
        webhook::change_if(conn, which, unchanged, wanted, (private, &origin, now))
    };
    match signed.app.db.write(write).await {
        Ok(webhook) => {
            let notice = Notice::new(signed.around("webhook-saved", &webhook.url));
            signed.has_done(&path_of(signed, webhook.id), notice).await
        }
        Err(ManageError::Changed) => {
            let error = FormError::of(signed.language(), None, "changed-meanwhile");
            let newest = find(signed, &signed.id).await?;
            let typed = sent.without("version");
            let mut page = page(signed, &newest, Some(&typed), vec![error]).await?;
            let mut facts = facts(signed, &newest);
            let url = vec![Cell::Name(newest.url.clone())];
            facts.insert(0, (signed.text("webhook-url"), url));
            page.parts.push(Part::Facts("newest", facts));
            signed.answers(&page.with_status(StatusCode::CONFLICT))
        }
        Err(why) => match error(signed, &why) {
            Some(wrong) => again(vec![wrong]).await,
            None => Err(why.into()),
        },
    }
}

async fn test(signed: &impl Host) -> Outcome {
    let webhook = find(signed, &signed.id).await?;
    let (organization, id, now) = (webhook.organization, webhook.id, signed.now);
    let send = move |conn: &mut _| webhook::test(conn, organization, id, now);
    signed.app.db.write(send).await?;
    let notice = Notice::new(signed.phrase("webhook-tested"));
    signed.has_done(&path_of(signed, id), notice).await
}

async fn retry(signed: &impl Host) -> Outcome {
    let webhook = find(signed, &signed.id).await?;
    let named = signed.sent.optional("delivery");
    let message: Option<MessageId> = match named.map(|id| id.parse()) {
        Some(Ok(id)) => Some(id),
        Some(Err(())) => return Err(crate::console::refusal::Problem::NotFound.into()),
        None => None,
    };
    let which = (webhook.organization, webhook.id);
    let (origin, now) = (signed.origin.clone(), signed.now);
    let retry = move |conn: &mut _| webhook::retry(conn, which, message, &origin, now);
    let retried = signed.app.db.write(retry).await?;
    let count = i64::try_from(retried).unwrap_or(i64::MAX);
    let notice = Notice::new(Phrase::plain(signed.count("webhook-retried", count)));
    signed.has_done(&path_of(signed, webhook.id), notice).await
}
