//! The list of webhooks.

use super::{events, path_of, path_of_new, status};
use crate::base::WebhookId;
use crate::console::answers::Page;
use crate::console::gate::{self, Answer};
use crate::console::host::Host;
use crate::console::page::{Action, Cell, Empty, Part, Row, Table};
use crate::console::sent::Sent;
use crate::console::visit::{Outcome, Signed, Visit};
use crate::http::{Anyone, Call};
use crate::webhook::{self, Webhook};

/// More than an organization can have.
const ALL: i64 = 100;

/// The commands that do the same.
const COMMAND: &str = "lanyard webhook add --organization ID --url URL --event token.revoked";
const COMMAND_OF_SERVICE: &str = "lanyard webhook add --url URL --event key.rotated";

pub(super) async fn get(call: Call<Anyone, Sent>) -> Answer {
    gate::show(call, show::<Signed>).await
}

/// Shows the list.
pub(in crate::console) async fn show<H: Host>(signed: &H) -> Outcome {
    let organization = signed.owner();
    let read = move |conn: &mut _| webhook::list(conn, organization, WebhookId(0), ALL);
    let found = signed.app.db.read(read).await?;
    let may_add = signed.may_change();
    let lead = signed.area.pick("webhooks-lead", "platform-webhooks-lead");
    let mut parts = vec![Part::Lead(signed.phrase(lead))];
    if may_add {
        parts.push(Part::Actions(vec![Action {
            link: signed.link(path_of_new(signed), "webhook-new"),
            primary: true,
        }]));
    }
    if found.is_empty() {
        parts.push(Part::Empty(Empty {
            text: signed.text(
                signed
                    .area
                    .pick("webhooks-empty", "platform-webhooks-empty"),
            ),
            action: may_add.then(|| signed.link(path_of_new(signed), "webhook-new")),
            command: Some(signed.area.pick(COMMAND, COMMAND_OF_SERVICE).to_owned()),
        }));
    } else {
        parts.push(Part::Table(table(signed, &found)));
    }
    let heading = signed.phrase("webhooks");
    signed.shows(Page::new("webhooks", heading, parts)).await
}

fn table(signed: &Visit, found: &[Webhook]) -> Table {
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
                    href: path_of(signed, webhook.id),
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
