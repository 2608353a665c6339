//! The list of tokens that are valid.

use super::{EXPLAIN, PATH, REVOKE, kind};
use crate::base::{OperatorId, Timestamp};
use crate::console::answers::Page;
use crate::console::cells::{operator_link, short, token_link};
use crate::console::gate::{self, Answer};
use crate::console::page::{Action, Cell, Choice, Empty, Filter, FilterField, Part, Row, Table};
use crate::console::rotation;
use crate::console::sent::Sent;
use crate::console::visit::{Outcome, Signed};
use crate::http::{Anyone, Call};
use crate::ledger::{self, Line};
use crate::session::console::Right;
use crate::token::Kind;

/// The form with the ticked rows.
const FORM: &str = "select";

pub(super) async fn get(call: Call<Anyone, Sent>) -> Answer {
    gate::show(call, show).await
}

async fn show(signed: &Signed) -> Outcome {
    let mut ignored = Vec::new();
    let limit = signed.limit(&mut ignored);
    let wanted: Option<Kind> = signed.asked("kind").parse().ok();
    if wanted.is_none() && !signed.asked("kind").is_empty() {
        ignored.push("kind");
    }
    let operator: Option<OperatorId> = signed.asked("operator").trim().parse().ok();
    if operator.is_none() && !signed.asked("operator").is_empty() {
        ignored.push("operator");
    }
    let seek = signed.seek();
    let filter = ledger::Filter {
        organization: signed.organization(),
        operator,
        client: None,
        kind: wanted,
        seek,
        limit,
    };
    let found = ledger::page(&signed.app, filter).await?;
    let pages = signed.pages(&found.page);
    let (lines, looked_up_to) = (found.page.rows, found.looked_up_to);
    let mut parts = vec![Part::Actions(vec![Action {
        link: signed.link(EXPLAIN, "explain-heading"),
        primary: true,
    }])];
    if !signed.app.tokens.issuer.writes_all() {
        parts.push(Part::Warning(signed.phrase("ledger-off")));
    }
    parts.extend(signed.ignored(&ignored));
    parts.push(Part::Filter(filter_form(signed, wanted, operator)));
    let may_revoke = signed.found.right == Right::Admin;
    let is_filtered = wanted.is_some() || operator.is_some() || !seek.is_first();
    if lines.is_empty() && (is_filtered || looked_up_to.is_some()) {
        parts.push(Part::Nothing {
            text: signed.text("nothing-found"),
            clear: signed.link(PATH, "filter-clear"),
        });
    } else if lines.is_empty() {
        parts.push(Part::Empty(Empty {
            text: signed.text("tokens-empty"),
            action: may_revoke.then(|| signed.link(rotation::NEW, "company-token-new")),
            command: Some(format!(
                "lanyard token add --organization {} --label TEXT",
                signed.organization()
            )),
        }));
    } else {
        parts.push(Part::Table(list_of(signed, lines, may_revoke)));
        if may_revoke {
            parts.push(revoke_selected(signed));
        }
    }
    parts.extend(looked_up_to.map(|at| looked_back(signed, at)));
    parts.push(Part::Pages(pages));
    let heading = signed.phrase("tokens");
    signed.page(Page::new("tokens", heading, parts)).await
}

fn filter_form(signed: &Signed, wanted: Option<Kind>, operator: Option<OperatorId>) -> Filter {
    let mut kinds = vec![Choice::new("", signed.text("kind-main"), wanted.is_none())];
    for one in Kind::ALL {
        let label = signed.text(kind(one));
        kinds.push(Choice::new(one.as_str(), label, wanted == Some(one)));
    }
    Filter {
        action: PATH.to_owned(),
        fields: vec![
            FilterField {
                name: "operator",
                label: signed.text("operator-id"),
                value: operator.map(|id| id.to_string()).unwrap_or_default(),
                choices: Vec::new(),
                hint: None,
            },
            FilterField {
                name: "kind",
                label: signed.text("kind"),
                value: String::new(),
                choices: kinds,
                hint: None,
            },
        ],
        clear: PATH.to_owned(),
    }
}

/// Says how far back a list of tokens was searched.
pub(in crate::console) fn looked_back(signed: &Signed, at: Timestamp) -> Part {
    let how_far = vec![signed.time(at)];
    Part::Facts(
        "looked-back",
        vec![(signed.text("tokens-looked-back"), how_far)],
    )
}

/// The button that leads to revoking the ticked rows.
pub(in crate::console) fn revoke_selected(signed: &Signed) -> Part {
    Part::Select {
        id: FORM,
        action: REVOKE.to_owned(),
        buttons: vec![("revoke", signed.text("tokens-revoke-selected"))],
    }
}

/// A table of tokens. `may_revoke` says whether its rows can be ticked.
pub(in crate::console) fn list_of(signed: &Signed, found: Vec<Line>, may_revoke: bool) -> Table {
    let mut heads = vec![
        "token",
        "kind",
        "operator",
        "parent-or-label",
        "issued",
        "ends",
        "last-use",
    ];
    if may_revoke {
        heads.push("select");
    }
    let never = if signed.app.tokens.issuer.writes_all() {
        "never-used"
    } else {
        "not-noted"
    };
    let row = |line: Line| {
        let claims = line.claims;
        let line = line.with_use(signed.app.tokens.uses.unwritten(claims.jti));
        let end = match (claims.expires_at(), line.ends_at) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
        let mut cells = vec![
            vec![token_link(claims.jti)],
            vec![Cell::Text(signed.text(kind(claims.kind())))],
            claims
                .operator()
                .map(|id| vec![operator_link(id)])
                .unwrap_or_default(),
            match (line.label, line.parent) {
                (Some(label), _) => vec![Cell::Name(label)],
                (None, Some(id)) => vec![token_link(id)],
                (None, None) => Vec::new(),
            },
            vec![signed.time(claims.issued_at)],
            signed.time_or(end, "no-end"),
            signed.ago_or(line.last_used_at, never),
        ];
        if may_revoke {
            cells.push(vec![Cell::Check {
                form: FORM,
                name: "jti",
                value: claims.jti.to_string(),
                label: signed.text_with("select-token", "id", &short(claims.jti)),
            }]);
        }
        Row {
            id: claims.jti.to_string(),
            cells,
        }
    };
    Table {
        id: "tokens",
        caption: signed.text("tokens-caption"),
        heads: heads.into_iter().map(|id| signed.text(id)).collect(),
        rows: found.into_iter().map(row).collect(),
    }
}
