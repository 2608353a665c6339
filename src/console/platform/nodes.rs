//! The nodes: how far each one is, and which one is on duty.

use super::gate;
use super::visit::Admin;
use crate::console::answers::Page;
use crate::console::gate::Answer;
use crate::console::page::{Cell, Part, Phrase, Row, Table, Tone};
use crate::console::sent::Sent;
use crate::console::shown;
use crate::console::visit::Outcome;
use crate::feed::{self, Member, Members};
use crate::http::{Anyone, Call, Endpoint};

pub(super) const PATH: &str = "/console/platform/nodes";

/// The endpoint of this page.
pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![Endpoint::page(PATH, get)]
}

async fn get(call: Call<Anyone, Sent>) -> Answer {
    gate::show(call, show).await
}

async fn show(admin: &Admin) -> Outcome {
    let members = admin.app.db.read(feed::members).await?;
    let head = admin.language().number(members.head.0);
    let lead = admin.text_with("platform-nodes-lead", "head", &head);
    let parts = vec![
        Part::Lead(Phrase::plain(lead)),
        Part::Table(table(admin, &members)),
    ];
    let heading = admin.phrase("platform-nodes");
    admin
        .page(Page::new("platform-nodes", heading, parts))
        .await
}

fn table(admin: &Admin, members: &Members) -> Table {
    let heads = [
        "name",
        "status",
        "platform-version",
        "platform-lease",
        "platform-applied",
        "platform-behind",
        "platform-seen",
        "platform-started",
    ];
    let row = |member: &Member| {
        let language = admin.language();
        let mut status = vec![if member.is_silent(admin.now) {
            admin.badge("platform-node-silent", Tone::Bad)
        } else {
            admin.badge("platform-node-serves", Tone::Good)
        }];
        if member.on_duty {
            status.push(Cell::Text(" ".to_owned()));
            status.push(admin.badge("platform-node-on-duty", Tone::Quiet));
        }
        let version = match &member.version {
            Some(version) => Cell::Code(version.clone()),
            None => Cell::Quiet(admin.text("not-recorded")),
        };
        Row {
            id: member.id.to_string(),
            cells: vec![
                vec![Cell::Name(member.name.clone())],
                status,
                vec![version],
                vec![Cell::Text(shown::span(member.lease, language))],
                vec![Cell::Text(language.number(member.applied.0))],
                vec![Cell::Text(language.number(member.behind(members.head)))],
                vec![admin.ago(member.seen_at)],
                admin.time_and_ago(member.started_at),
            ],
        }
    };
    Table {
        id: "nodes",
        caption: admin.text("platform-nodes-caption"),
        heads: heads.iter().map(|id| admin.text(id)).collect(),
        rows: members.nodes.iter().map(row).collect(),
    }
}
