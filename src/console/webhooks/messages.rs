//! The messages to a webhook: what was sent, and what came of it.

use super::path_of;
use crate::base::{Leaf, Seek};
use crate::console::host::Host;
use crate::console::page::{Cell, Part, Row, Table, Tone};
use crate::console::refusal::Refusal;
use crate::console::visit::Visit;
use crate::outbox::{DeliveryStatus, MessageId};
use crate::webhook::{self, Delivery, Webhook, WebhookStatus};

/// The messages of a page, and whether one of them was given up.
pub(super) struct Messages {
    pub(super) parts: Vec<Part>,
    pub(super) some_failed: bool,
}

/// Returns the messages of the last week, the newest first.
pub(super) async fn of(signed: &impl Host, webhook: &Webhook) -> Result<Messages, Refusal> {
    let mut ignored = Vec::new();
    let limit = signed.limit(&mut ignored);
    let seek: Seek<MessageId> = signed.seek();
    let which = (webhook.organization, webhook.id);
    let read = move |conn: &mut _| webhook::deliveries(conn, which, seek, limit + 1);
    let read = signed.app.db.read(read).await?;
    let seek = seek.map(|id| id.to_string());
    let found = Leaf::of(seek, read, limit, |delivery| delivery.id.clone());
    let mut parts = Vec::new();
    parts.extend(signed.ignored(&ignored));
    if found.rows.is_empty() {
        parts.push(Part::Text(signed.phrase("deliveries-empty")));
    } else {
        parts.push(Part::Table(table(signed, webhook, &found.rows)));
    }
    parts.push(Part::Pages(signed.pages(&found)));
    let has_failed = |delivery: &Delivery| delivery.status == DeliveryStatus::Failed;
    Ok(Messages {
        parts,
        some_failed: found.rows.iter().any(has_failed),
    })
}

fn table(signed: &impl Host, webhook: &Webhook, found: &[Delivery]) -> Table {
    let may_retry = signed.may_change() && webhook.status == WebhookStatus::Active;
    let mut heads = vec![
        "time",
        "delivery-event",
        "status",
        "delivery-tries",
        "delivery-outcome",
        "delivery-next",
        "delivery-body",
    ];
    if may_retry {
        heads.push("acts");
    }
    let row = |delivery: &Delivery| {
        let (word, tone) = match delivery.status {
            DeliveryStatus::Pending => ("delivery-pending", Tone::Quiet),
            DeliveryStatus::Delivered => ("delivery-delivered", Tone::Good),
            DeliveryStatus::Failed => ("delivery-failed", Tone::Bad),
        };
        let mut cells = vec![
            vec![signed.time(delivery.created_at)],
            vec![Cell::Word(delivery.event.as_str().to_owned())],
            vec![signed.badge(word, tone)],
            vec![Cell::Text(signed.language().number(delivery.attempts))],
            outcome(signed, delivery),
            delivery
                .due_at
                .map(|at| vec![signed.ago(at)])
                .unwrap_or_default(),
            vec![Cell::Body {
                label: signed.text("delivery-body-show"),
                text: delivery.body.clone(),
            }],
        ];
        if may_retry {
            cells.push(retry(signed, webhook, delivery));
        }
        Row {
            id: delivery.id.clone(),
            cells,
        }
    };
    Table {
        id: "deliveries",
        caption: signed.text("deliveries-caption"),
        heads: heads.iter().map(|id| signed.text(id)).collect(),
        rows: found.iter().map(row).collect(),
    }
}

/// What the last attempt came to, and when it was made.
fn outcome(signed: &Visit, delivery: &Delivery) -> Vec<Cell> {
    let Some(outcome) = &delivery.outcome else {
        return vec![Cell::Quiet(signed.text("delivery-not-tried"))];
    };
    let mut cells = vec![Cell::Name(outcome.clone())];
    if let Some(at) = delivery.attempted_at {
        cells.extend([Cell::Break, signed.ago(at)]);
    }
    cells
}

fn retry(signed: &impl Host, webhook: &Webhook, delivery: &Delivery) -> Vec<Cell> {
    if delivery.status != DeliveryStatus::Failed {
        return Vec::new();
    }
    let label = signed.text("delivery-retry");
    vec![Cell::Button {
        action: path_of(signed, webhook.id),
        csrf: signed.form_token(),
        verb: "retry",
        name: format!("{label} {}", delivery.id),
        label,
        danger: false,
        hidden: ("delivery", delivery.id.clone()),
    }]
}
