//! The pages about webhooks: those of an organization, and the service's own.

pub(super) mod delete;
pub(super) mod list;
mod messages;
pub(super) mod new;
pub(super) mod record;

use super::host::Host;
use super::page::{Cell, Choice, Control, Field, FormError, Tone};
use super::platform;
use super::refusal::{Problem, Refusal};
use super::visit::Visit;
use crate::base::{OrganizationId, WebhookId};
use crate::http::Endpoint;
use crate::outbox::EventKind;
use crate::webhook::{self, ManageError, Webhook, WebhookStatus};

pub(super) const PATH: &str = "/console/webhooks";
const NEW: &str = "/console/webhooks/new";
const RECORD: &str = "/console/webhooks/{id}";
const DELETE: &str = "/console/webhooks/{id}/delete";

/// The endpoints of these pages.
pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::page(PATH, list::get),
        Endpoint::page(NEW, new::get),
        Endpoint::form(NEW, new::post),
        Endpoint::page(RECORD, record::get),
        Endpoint::form(RECORD, record::post),
        Endpoint::page(DELETE, delete::get),
        Endpoint::form(DELETE, delete::post),
    ]
}

/// Returns the path of the list.
fn base(visit: &Visit) -> &'static str {
    visit.area.pick(PATH, platform::webhooks::PATH)
}

/// Returns the path of the page that adds one.
fn path_of_new(visit: &Visit) -> &'static str {
    visit.area.pick(NEW, platform::webhooks::NEW)
}

fn path_of(visit: &Visit, id: WebhookId) -> String {
    format!("{}/{id}", base(visit))
}

fn id_of(text: &str) -> Result<WebhookId, Refusal> {
    text.parse().map_err(|_| Problem::NotFound.into())
}

/// Returns an endpoint of the organization, or of the service, by the text of a path.
async fn find(signed: &impl Host, id: &str) -> Result<Webhook, Refusal> {
    let (organization, id) = (signed.owner(), id_of(id)?);
    let read = move |conn: &mut _| webhook::get(conn, organization, id);
    Ok(signed.app.db.read(read).await?)
}

/// The message for a status, and how it stands out.
const fn status(webhook: &Webhook) -> (&'static str, Tone) {
    match webhook.status {
        WebhookStatus::Active if webhook.gave_up_at.is_some() => {
            ("webhook-giving-up", Tone::Caution)
        }
        WebhookStatus::Active => ("status-active", Tone::Good),
        WebhookStatus::Inactive => ("status-inactive", Tone::Quiet),
        WebhookStatus::Gone => ("webhook-gone", Tone::Bad),
    }
}

/// The events of an endpoint, one below the other.
fn events(webhook: &Webhook) -> Vec<Cell> {
    let mut cells = Vec::new();
    for kind in &webhook.events {
        if !cells.is_empty() {
            cells.push(Cell::Break);
        }
        cells.push(Cell::Code(kind.as_str().to_owned()));
    }
    cells
}

/// Returns the fields of an endpoint, with these values in them.
fn fields(signed: &impl Host, url: &str, held: &[String]) -> Vec<Field> {
    let owner = signed.owner();
    let choices = EventKind::SUBSCRIBABLE
        .into_iter()
        .filter(|kind| may_receive(owner, *kind))
        .map(|kind| {
            let word = kind.as_str();
            Choice {
                hint: message_of(kind).map(|id| signed.text(id)),
                ..Choice::new(word, word, held.iter().any(|held| held == word))
            }
        });
    let mut line = Field::line("url", signed.text("webhook-url"), url).required();
    line.control = Control::Line {
        kind: "text",
        autocomplete: "off",
        mode: "url",
    };
    vec![
        line.hinted(signed.text("webhook-url-hint")),
        Field::controlled(
            "events",
            signed.text("webhook-events"),
            Control::Checks(choices.collect()),
        ),
    ]
}

fn may_receive(owner: OrganizationId, kind: EventKind) -> bool {
    owner == OrganizationId::SERVICE || !kind.is_of_service()
}

/// The message that says what an event is. `None` for one that nobody subscribes to.
const fn message_of(kind: EventKind) -> Option<&'static str> {
    Some(match kind {
        EventKind::TokenRevoked => "event-token-revoked",
        EventKind::CredentialRevoked => "event-credential-revoked",
        EventKind::OperatorDeactivated => "event-operator-deactivated",
        EventKind::TokenRotationDue => "event-rotation-due",
        EventKind::ApiKeyQuarantined => "event-key-quarantined",
        EventKind::ApiKeyNewNetwork => "event-key-new-network",
        EventKind::ApiKeyWokeUp => "event-key-woke-up",
        EventKind::ApiKeyRateJump => "event-key-rate-jump",
        EventKind::AuditSealed => "event-audit-sealed",
        EventKind::KeyRotated => "event-key-rotated",
        EventKind::Test => return None,
    })
}

/// Returns the events that were chosen. `None` if one is none that the owner can receive.
fn chosen(owner: OrganizationId, words: &[String]) -> Option<Vec<EventKind>> {
    let kind = |word: &String| {
        let mut kinds = EventKind::SUBSCRIBABLE.into_iter();
        kinds.find(|kind| may_receive(owner, *kind) && kind.as_str() == word)
    };
    words.iter().map(kind).collect()
}

/// Returns the error of a form for a reason that a person can do something about.
fn error(signed: &Visit, why: &ManageError) -> Option<FormError> {
    let (field, id) = match why {
        ManageError::Url(_) => (Some("url"), "webhook-url-wrong"),
        ManageError::NoEvents | ManageError::Event(_) => (Some("events"), "webhook-events-missing"),
        ManageError::TooMany => {
            let (own, of_service) = ("webhooks-too-many", "platform-webhooks-too-many");
            (None, signed.area.pick(own, of_service))
        }
        ManageError::NotActive => (None, "webhook-not-active"),
        _ => return None,
    };
    Some(FormError::of(signed.language(), field, id))
}
