//! The list of OAuth clients.

use super::new::Panel;
use super::record::about;
use super::{grants, kind, path_of, status};
use crate::base::{ClientId, Leaf, Seek};
use crate::client::{Registered, manage};
use crate::console::answers::Page;
use crate::console::cells::operator_link;
use crate::console::gate::{self, Answer};
use crate::console::page::{Action, Cell, Empty, Part, Row, Table};
use crate::console::sent::Sent;
use crate::console::visit::{Outcome, Signed};
use crate::http::{Anyone, Call};
use crate::session::console::Right;

pub(super) async fn get(call: Call<Anyone, Sent>) -> Answer {
    gate::show(call, show).await
}

async fn show(signed: &Signed) -> Outcome {
    let mut ignored = Vec::new();
    let limit = signed.limit(&mut ignored);
    let seek: Seek<ClientId> = signed.seek();
    let organization = signed.organization();
    let asked = seek.clone();
    let read = move |conn: &mut _| manage::list(conn, organization, &asked, limit + 1);
    let read = signed.app.db.read(read).await?;
    let found = Leaf::of(seek, read, limit, |found| found.client.id.clone());
    let may_add = signed.found.right == Right::Admin;
    let mut parts = Vec::new();
    if may_add {
        let action = |panel: Panel| Action {
            link: signed.link(panel.path(), panel.message()),
            primary: true,
        };
        parts.push(Part::Actions(Panel::ALL.map(action).into()));
    }
    parts.extend(signed.ignored(&ignored));
    if found.rows.is_empty() {
        parts.push(Part::Empty(Empty {
            text: signed.text("clients-empty"),
            action: may_add.then(|| {
                let panel = Panel::ClientCredentials;
                signed.link(panel.path(), panel.message())
            }),
            command: Some(format!(
                "lanyard client add --organization {organization} --name NAME --grant \
                 client_credentials"
            )),
        }));
    } else {
        parts.push(Part::Table(table(signed, &found.rows)));
    }
    parts.push(Part::Pages(signed.pages(&found)));
    let heading = signed.phrase("clients");
    signed
        .page(Page::new("oauth-clients", heading, parts))
        .await
}

fn table(signed: &Signed, found: &[Registered]) -> Table {
    let heads = [
        "name",
        "id",
        "kind",
        "client-grants",
        "operator",
        "client-secrets",
        "status",
        "added",
    ];
    let row = |registered: &Registered| {
        let (client, settings) = (&registered.client, &registered.client.settings);
        let (word, tone) = status(client.status);
        let mut secrets = Vec::new();
        for secret in registered.secrets.valid(signed.now) {
            if !secrets.is_empty() {
                secrets.push(Cell::Break);
            }
            secrets.extend(about(signed, secret));
        }
        Row {
            id: client.id.to_string(),
            cells: vec![
                vec![Cell::Link {
                    href: path_of(client.id.as_str()),
                    name: settings.name.clone(),
                }],
                vec![Cell::Code(client.id.to_string())],
                vec![Cell::Text(
                    signed.text(kind(settings.authentication.method())),
                )],
                grants(&settings.grants),
                settings
                    .operator
                    .map(|id| vec![operator_link(id)])
                    .unwrap_or_default(),
                secrets,
                vec![signed.badge(word, tone)],
                vec![signed.ago(client.created_at)],
            ],
        }
    };
    Table {
        id: "oauth-clients",
        caption: signed.text("clients-caption"),
        heads: heads.iter().map(|id| signed.text(id)).collect(),
        rows: found.iter().map(row).collect(),
    }
}
