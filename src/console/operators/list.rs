//! The list of operators.

use std::collections::HashMap;

use super::filters::Filters;
use super::{IMPORT, NEW, PATH, SELECTED, path_of, status};
use crate::base::OperatorId;
use crate::console::answers::Page;
use crate::console::cells::counted;
use crate::console::gate::{self, Answer};
use crate::console::page::{Action, Cell, Empty, Part, Row, Table};
use crate::console::sent::Sent;
use crate::console::visit::{Outcome, Signed};
use crate::http::{Anyone, Call};
use crate::ledger::{self, OfOperator};
use crate::operator::directory::{Entry, Order, Wanted, directory};
use crate::session::console::Right;

pub(super) async fn get(call: Call<Anyone, Sent>) -> Answer {
    gate::show(call, show).await
}

/// The form of the rows that were ticked.
const FORM: &str = "selected";

async fn show(signed: &Signed) -> Outcome {
    let mut ignored = Vec::new();
    let limit = signed.limit(&mut ignored);
    let filters = Filters::read(signed, &mut ignored).await?;
    let order = order(signed, &mut ignored);
    let wanted = Wanted {
        order,
        seek: signed.seek(),
        limit,
        ..filters.wanted(signed)
    };
    let is_first = wanted.seek.is_first();
    let read = move |conn: &mut _| directory(conn, &wanted);
    let found = signed.app.db.read(read).await?;
    let (pages, looked_up_to) = (signed.pages(&found.page), found.looked_up_to);
    let found = found.page.rows;
    let ids = found.iter().map(|entry| entry.operator.id).collect();
    let organization = signed.organization();
    let live = if signed.app.tokens.issuer.writes_all() {
        Some(ledger::count(&signed.app, organization, ids).await?)
    } else {
        None
    };

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
    parts.push(Part::Filter(filters.form(signed, order)));
    if found.is_empty() && (!filters.are_default() || !is_first || looked_up_to.is_some()) {
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
        parts.push(Part::Table(table(signed, &found, live.as_ref(), may_add)));
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
    }
    if let Some(name) = looked_up_to {
        let label = signed.text("operators-looked-up-to");
        parts.push(Part::Facts(
            "looked-back",
            vec![(label, vec![Cell::Name(name)])],
        ));
    }
    parts.push(Part::Pages(pages));
    if !found.is_empty() {
        parts.push(Part::Actions(vec![Action {
            link: signed.link(filters.export(), "export"),
            primary: false,
        }]));
    }
    let heading = signed.phrase("operators");
    signed.page(Page::new("operators", heading, parts)).await
}

/// The order that was asked for.
fn order(signed: &Signed, ignored: &mut Vec<&'static str>) -> Order {
    let asked = signed.asked("sort");
    let order = asked.parse().ok();
    if order.is_none() && !asked.is_empty() {
        ignored.push("sort");
    }
    order.unwrap_or(Order::Created)
}

/// `live` is `None` if the ledger is off.
fn table(
    signed: &Signed,
    found: &[Entry],
    live: Option<&HashMap<OperatorId, OfOperator>>,
    may_select: bool,
) -> Table {
    let mut heads = vec![
        "name",
        "external-id",
        "email",
        "role",
        "status",
        "live-tokens",
        "last-token",
    ];
    if may_select {
        heads.push("select");
    }
    let optional = |text: &Option<String>| match text {
        Some(text) => vec![Cell::Name(text.clone())],
        None => Vec::new(),
    };
    let noted = signed.app.tokens.issuer.last_tokens();
    let row = |entry: &Entry| {
        let operator = &entry.operator;
        let profile = &operator.profile;
        let (word, tone) = status(operator.status);
        let tokens = live.map(|live| live.get(&operator.id).copied().unwrap_or_default());
        let last = entry
            .last_token_at
            .max(noted.of(operator.organization, operator.id))
            .max(tokens.and_then(|tokens| tokens.newest));
        let mut cells = vec![
            vec![Cell::Link {
                href: path_of(operator.id),
                name: profile.name.clone(),
            }],
            optional(&profile.external_id),
            optional(&profile.email),
            optional(&profile.role),
            vec![signed.badge(word, tone)],
            match tokens {
                Some(tokens) => vec![Cell::Text(counted(signed, tokens.live))],
                None => vec![Cell::Quiet(signed.text("not-noted"))],
            },
            signed.ago_or(last, "no-token-yet"),
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
