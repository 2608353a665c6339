//! The list of organizations.

use super::{NEW, PATH, path_of, status};
use crate::base::{OrganizationId, Seek};
use crate::console::answers::Page;
use crate::console::gate::Answer;
use crate::console::page::{
    Action, Cell, Choice, Empty, Filter, FilterField, Part, Phrase, Row, Table,
};
use crate::console::platform::gate;
use crate::console::platform::visit::Admin;
use crate::console::sent::Sent;
use crate::console::visit::Outcome;
use crate::db::{self, Conn};
use crate::http::{Anyone, Call};
use crate::operator;
use crate::organization::{self, Found, LOOKED_AT, Organization, OrganizationStatus, Wanted};

/// The largest number of operators that is counted for each organization of a page.
const MOST: i64 = 100;

pub(super) async fn get(call: Call<Anyone, Sent>) -> Answer {
    gate::show(call, show).await
}

async fn show(admin: &Admin) -> Outcome {
    let mut ignored = Vec::new();
    let limit = admin.limit(&mut ignored);
    let asked = admin.asked("status");
    let status: Option<OrganizationStatus> = asked.parse().ok();
    if status.is_none() && !asked.is_empty() {
        ignored.push("status");
    }
    let text = admin.asked("q").trim().to_owned();
    let seek: Seek<OrganizationId> = admin.seek();
    let is_filtered = status.is_some() || !text.is_empty() || !seek.is_first();
    let wanted = Wanted {
        text,
        status,
        seek,
        limit,
    };
    let read = move |conn: &mut Conn| {
        let found = organization::search(conn, &wanted)?;
        let ids: Vec<_> = found.page.rows.iter().map(|one| one.id).collect();
        let operators = operator::counts_up_to(conn, &ids, MOST + 1)?;
        Ok::<_, db::Error>((found, operators))
    };
    let (Found { page, stopped }, operators) = admin.app.db.read(read).await?;
    let pages = admin.pages(&page);
    let listed = page.rows.into_iter().map(|organization| {
        let count = operators.get(&organization.id).copied();
        (organization, count.unwrap_or_default())
    });
    let listed: Vec<_> = listed.collect();
    let mut parts = vec![Part::Actions(vec![Action {
        link: admin.link(NEW, "platform-organization-new"),
        primary: true,
    }])];
    parts.extend(admin.ignored(&ignored));
    parts.push(Part::Filter(filter(admin, status)));
    if !listed.is_empty() {
        parts.push(Part::Table(table(admin, &listed)));
    } else if is_filtered {
        parts.push(Part::Nothing {
            text: admin.text("nothing-found"),
            clear: admin.link(PATH, "filter-clear"),
        });
    } else {
        parts.push(Part::Empty(Empty {
            text: admin.text("platform-organizations-empty"),
            action: Some(admin.link(NEW, "platform-organization-new")),
            command: Some(
                "lanyard organization add --login LOGIN --name NAME --password-file FILE"
                    .to_owned(),
            ),
        }));
    }
    if stopped {
        let number = admin.language().number(LOOKED_AT);
        let text = admin.text_with("platform-organizations-stopped", "number", &number);
        parts.push(Part::Text(Phrase::plain(text)));
    }
    parts.push(Part::Pages(pages));
    let heading = admin.phrase("platform-organizations");
    admin
        .page(Page::new("platform-organizations", heading, parts))
        .await
}

fn filter(admin: &Admin, chosen: Option<OrganizationStatus>) -> Filter {
    let mut states = vec![Choice::new("", admin.text("any"), chosen.is_none())];
    for one in OrganizationStatus::ALL {
        let (id, _) = status(one);
        states.push(Choice::new(
            one.as_str(),
            admin.text(id),
            chosen == Some(one),
        ));
    }
    Filter {
        action: PATH.to_owned(),
        fields: vec![
            FilterField {
                name: "q",
                label: admin.text("search"),
                value: admin.asked("q").to_owned(),
                choices: Vec::new(),
                hint: Some(admin.text("platform-organizations-search-hint")),
            },
            FilterField {
                name: "status",
                label: admin.text("status"),
                value: String::new(),
                choices: states,
                hint: None,
            },
        ],
        clear: PATH.to_owned(),
    }
}

fn table(admin: &Admin, listed: &[(Organization, i64)]) -> Table {
    let heads = ["name", "login", "status", "operators", "added", "id"];
    let row = |(organization, operators): &(Organization, i64)| {
        let (word, tone) = status(organization.status);
        let shown = admin.language().number((*operators).min(MOST));
        let plus = if *operators > MOST { "+" } else { "" };
        Row {
            id: organization.id.to_string(),
            cells: vec![
                vec![Cell::Link {
                    href: path_of(organization.id),
                    name: organization.name.clone(),
                }],
                vec![Cell::Code(organization.login.clone())],
                vec![admin.badge(word, tone)],
                vec![Cell::Text(format!("{shown}{plus}"))],
                vec![admin.time(organization.created_at)],
                vec![Cell::Code(organization.id.to_string())],
            ],
        }
    };
    Table {
        id: "organizations",
        caption: admin.text("platform-organizations-caption"),
        heads: heads.iter().map(|id| admin.text(id)).collect(),
        rows: listed.iter().map(row).collect(),
    }
}
