//! The list of operators.

use super::{EXPORT, IMPORT, NEW, PATH, SELECTED, path_of, status};
use crate::console::answers::Page;
use crate::console::cells::cut;
use crate::console::gate::{self, Answer};
use crate::console::page::{Action, Cell, Choice, Empty, Filter, FilterField, Part, Row, Table};
use crate::console::sent::Sent;
use crate::console::visit::{Outcome, Signed};
use crate::http::{Anyone, Call};
use crate::operator::{self, Operator, OperatorStatus};
use crate::session::console::Right;

pub(super) async fn get(call: Call<Anyone, Sent>) -> Answer {
    gate::show(call, show).await
}

/// The form of the rows that were ticked.
const FORM: &str = "selected";

/// The values of `status`, with the message of each.
const STATUSES: [(&str, &str); 4] = [
    ("active", "status-active"),
    ("inactive", "status-inactive"),
    ("deleted", "status-deleted"),
    ("all", "status-not-deleted"),
];

async fn show(signed: &Signed) -> Outcome {
    let mut ignored = Vec::new();
    let limit = signed.limit(&mut ignored);
    let asked = signed.asked("status");
    let known = STATUSES.iter().find(|(value, _)| *value == asked);
    if known.is_none() && !asked.is_empty() {
        ignored.push("status");
    }
    let chosen = known.map_or("active", |(value, _)| *value);
    let wanted: Option<OperatorStatus> = chosen.parse().ok();
    let query = signed.asked("q").trim().to_owned();
    let after = signed.asked("cursor").parse().ok();
    let filter = operator::Filter {
        organization: signed.organization(),
        status: wanted,
        external_id: None,
        after,
        limit: limit + 1,
    };
    let text = query.clone();
    let read = move |conn: &mut _| {
        if text.is_empty() {
            return operator::list(conn, &filter);
        }
        operator::search(conn, &filter, &text)
    };
    let mut found = signed.app.db.read(read).await?;
    let last = cut(&mut found, limit).map(|last| last.id.to_string());

    let mut parts = Vec::new();
    let may_add = signed.found.right == Right::Admin;
    if may_add {
        parts.push(Part::Actions(vec![
            Action {
                link: signed.link(NEW, "operator-add"),
                primary: true,
            },
            Action {
                link: signed.link(IMPORT, "import"),
                primary: false,
            },
        ]));
    }
    parts.extend(signed.ignored(&ignored));
    let is_filtered = !query.is_empty() || chosen != "active" || after.is_some();
    parts.push(Part::Filter(filter_form(signed, query, chosen)));
    if found.is_empty() && is_filtered {
        parts.push(Part::Nothing {
            text: signed.text("nothing-found"),
            clear: signed.link(PATH, "filter-clear"),
        });
    } else if found.is_empty() {
        let id = signed.organization();
        parts.push(Part::Empty(Empty {
            text: signed.text("operators-empty"),
            action: may_add.then(|| signed.link(NEW, "operator-add")),
            command: Some(format!(
                "lanyard operator add --organization {id} --name NAME"
            )),
        }));
    } else {
        parts.push(Part::Table(table(signed, &found, may_add)));
        if may_add {
            parts.push(Part::Select {
                id: FORM,
                action: SELECTED.to_owned(),
                buttons: vec![
                    ("revoke", signed.text("operators-revoke-selected")),
                    ("deactivate", signed.text("operators-deactivate-selected")),
                ],
            });
        }
        parts.push(Part::Pages(signed.pages(last)));
        parts.push(Part::Actions(vec![Action {
            link: signed.link(format!("{EXPORT}?status={chosen}"), "export"),
            primary: false,
        }]));
    }
    let heading = signed.phrase("operators");
    signed.page(Page::new("operators", heading, parts)).await
}

fn filter_form(signed: &Signed, query: String, chosen: &str) -> Filter {
    Filter {
        action: PATH.to_owned(),
        fields: vec![
            FilterField {
                name: "q",
                label: signed.text("search"),
                value: query,
                choices: Vec::new(),
                hint: Some(signed.text("operators-search-hint")),
            },
            FilterField {
                name: "status",
                label: signed.text("status"),
                value: String::new(),
                choices: STATUSES
                    .iter()
                    .map(|(value, id)| Choice::new(*value, signed.text(id), *value == chosen))
                    .collect(),
                hint: None,
            },
        ],
        clear: PATH.to_owned(),
    }
}

fn table(signed: &Signed, found: &[Operator], may_select: bool) -> Table {
    let mut heads = vec!["name", "external-id", "email", "role", "status", "added"];
    if may_select {
        heads.push("select");
    }
    let optional = |text: &Option<String>| match text {
        Some(text) => vec![Cell::Name(text.clone())],
        None => Vec::new(),
    };
    let row = |operator: &Operator| {
        let profile = &operator.profile;
        let (word, tone) = status(operator.status);
        let mut cells = vec![
            vec![Cell::Link {
                href: path_of(operator.id),
                name: profile.name.clone(),
            }],
            optional(&profile.external_id),
            optional(&profile.email),
            optional(&profile.role),
            vec![signed.badge(word, tone)],
            vec![signed.ago(operator.created_at)],
        ];
        if may_select {
            cells.push(vec![Cell::Check {
                form: FORM,
                name: "operator",
                value: operator.id.to_string(),
                label: signed.text_with("select-operator", "id", &operator.id.to_string()),
            }]);
        }
        Row {
            id: operator.id.to_string(),
            cells,
        }
    };
    Table {
        id: "operators",
        caption: signed.text("operators-caption"),
        heads: heads.iter().map(|id| signed.text(id)).collect(),
        rows: found.iter().map(row).collect(),
    }
}
