//! The list of webhooks.

use super::{NEW, events, path_of, status};
use crate::base::WebhookId;
use crate::console::answers::Page;
use crate::console::gate::{self, Answer};
use crate::console::page::{Action, Cell, Empty, Part, Row, Table};
use crate::console::sent::Sent;
use crate::console::visit::{Outcome, Signed};
use crate::http::{Anyone, Call};
use crate::session::console::Right;
use crate::webhook::{self, Webhook};

/// More than an organization can have.
const ALL: i64 = 100;

pub(super) async fn get(call: Call<Anyone, Sent>) -> Answer {
    gate::show(call, show).await
}

async fn show(signed: &Signed) -> Outcome {
    let organization = signed.organization();
    let read = move |conn: &mut _| webhook::list(conn, organization, WebhookId(0), ALL);
    let found = signed.app.db.read(read).await?;
    let may_add = signed.found.right == Right::Admin;
    let mut parts = vec![Part::Lead(signed.phrase("webhooks-lead"))];
    if may_add {
        parts.push(Part::Actions(vec![Action {
            link: signed.link(NEW, "webhook-new"),
            primary: true,
        }]));
    }
    if found.is_empty() {
        parts.push(Part::Empty(Empty {
            text: signed.text("webhooks-empty"),
            action: may_add.then(|| signed.link(NEW, "webhook-new")),
            command: Some(
                "lanyard webhook add --organization ID --url URL --event token.revoked".to_owned(),
            ),
        }));
    } else {
        parts.push(Part::Table(table(signed, &found)));
    }
    let heading = signed.phrase("webhooks");
    signed.page(Page::new("webhooks", heading, parts)).await
}

fn table(signed: &Signed, found: &[Webhook]) -> Table {
    let heads = [
        "webhook-url",
        "webhook-events",
        "status",
        "webhook-gave-up",
        "added",
    ];
    let row = |webhook: &Webhook| {
        let (word, tone) = status(webhook);
        Row {
            id: webhook.id.to_string(),
            cells: vec![
                vec![Cell::Link {
                    href: path_of(webhook.id),
                    name: webhook.url.clone(),
                }],
                events(webhook),
                vec![signed.badge(word, tone)],
                webhook
                    .gave_up_at
                    .map(|at| signed.time_and_ago(at))
                    .unwrap_or_default(),
                vec![signed.time(webhook.created_at)],
            ],
        }
    };
    Table {
        id: "webhooks",
        caption: signed.text("webhooks-caption"),
        heads: heads.iter().map(|id| signed.text(id)).collect(),
        rows: found.iter().map(row).collect(),
    }
}
