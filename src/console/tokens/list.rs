//! The list of tokens that are valid.

use std::net::IpAddr;

use super::{EXPLAIN, PATH, REVOKE, kind, state};
use crate::base::{OperatorId, Timestamp, TokenId};
use crate::console::answers::Page;
use crate::console::cells::{operator_link, short, token_link};
use crate::console::days;
use crate::console::gate::{self, Answer};
use crate::console::page::{Action, Cell, Choice, Empty, Filter, FilterField, Part, Row, Table};
use crate::console::refusal::Refusal;
use crate::console::rotation;
use crate::console::sent::Sent;
use crate::console::visit::{Outcome, Signed};
use crate::http::{Anyone, Call};
use crate::ledger::{self, Beside, Line, Narrow};
use crate::session::console::Right;
use crate::token::Kind;

/// The form with the ticked rows.
const FORM: &str = "select";

pub(super) async fn get(call: Call<Anyone, Sent>) -> Answer {
    gate::show(call, show).await
}

/// What the query asks for.
struct Asked {
    kind: Option<Kind>,
    operator: Option<OperatorId>,
    unused: Option<u32>,
    narrow: Narrow,
}

impl Asked {
    /// Reads the query. A value that cannot be read is ignored, and its name added to `ignored`.
    fn read(signed: &Signed, ignored: &mut Vec<&'static str>) -> Self {
        let text = |name: &str| signed.asked(name).trim().to_owned();
        let mut check = |name: &'static str, is_known: bool| {
            if !is_known && !text(name).is_empty() {
                ignored.push(name);
            }
        };
        let kind: Option<Kind> = text("kind").parse().ok();
        check("kind", kind.is_some());
        let operator: Option<OperatorId> = text("operator").parse().ok();
        check("operator", operator.is_some());
        let parent: Option<TokenId> = text("parent").parse().ok();
        check("parent", parent.is_some());
        let address: Option<IpAddr> = text("address").parse().ok();
        check("address", address.is_some());
        let unused = days::asked(signed, "unused");
        check("unused", unused.is_some());
        let any_state = text("state") == "all";
        check("state", any_state || text("state") == "live");
        Self {
            kind,
            operator,
            unused,
            narrow: Narrow {
                parent,
                address: address.map(|address| address.to_string()),
                unused_since: unused.map(|days| signed.now.minus(days::span(days))),
                any_state,
            },
        }
    }

    fn are_set(&self) -> bool {
        self.kind.is_some() || self.operator.is_some() || !self.narrow.is_empty()
    }

    fn form(&self, signed: &Signed) -> Filter {
        let mut kinds = vec![Choice::new(
            "",
            signed.text("kind-main"),
            self.kind.is_none(),
        )];
        for one in Kind::ALL {
            let label = signed.text(kind(one));
            kinds.push(Choice::new(one.as_str(), label, self.kind == Some(one)));
        }
        let any_state = self.narrow.any_state;
        let states = vec![
            Choice::new("live", signed.text("state-live-only"), !any_state),
            Choice::new("all", signed.text("state-any"), any_state),
        ];
        let field = |name, label: &str, value: String, choices| FilterField {
            name,
            label: signed.text(label),
            value,
            choices,
            hint: None,
        };
        let typed =
            |name, label: &str| field(name, label, signed.asked(name).to_owned(), Vec::new());
        Filter {
            action: PATH.to_owned(),
            fields: vec![
                typed("operator", "operator-id"),
                field("kind", "kind", String::new(), kinds),
                typed("parent", "parent"),
                typed("address", "address"),
                field(
                    "unused",
                    "key-unused-for",
                    String::new(),
                    days::choices(signed, self.unused),
                ),
                field("state", "status", String::new(), states),
            ],
            clear: PATH.to_owned(),
        }
    }
}

async fn show(signed: &Signed) -> Outcome {
    let mut ignored = Vec::new();
    let limit = signed.limit(&mut ignored);
    let asked = Asked::read(signed, &mut ignored);
    let seek = signed.seek();
    let filter = ledger::Filter {
        operator: asked.operator,
        kind: asked.kind,
        narrow: asked.narrow.clone(),
        seek,
        ..ledger::Filter::of(signed.organization(), limit)
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
    parts.push(Part::Filter(asked.form(signed)));
    let may_revoke = signed.found.right == Right::Admin;
    let is_filtered = asked.are_set() || !seek.is_first();
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
        let mut table = list_of(signed, lines, may_revoke).await?;
        if asked.narrow.any_state {
            table.caption = signed.text("tokens-caption-all");
        }
        parts.push(Part::Table(table));
        if may_revoke {
            parts.push(revoke_selected(signed));
        }
    }
    parts.extend(looked_up_to.map(|at| looked_back(signed, at)));
    parts.push(Part::Pages(pages));
    let heading = signed.phrase("tokens");
    signed.page(Page::new("tokens", heading, parts)).await
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
pub(in crate::console) async fn list_of(
    signed: &Signed,
    found: Vec<Line>,
    may_revoke: bool,
) -> Result<Table, Refusal> {
    let mut beside = ledger::beside(&signed.app, signed.organization(), found.clone()).await?;
    let mut heads = vec![
        "token",
        "kind",
        "operator",
        "parent-or-label",
        "issued",
        "ends",
        "last-use",
        "address",
        "status",
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
        let Beside { address, status } = beside.remove(&claims.jti).unwrap_or_default();
        let line = line.with_use(signed.app.tokens.uses.unwritten(claims.jti));
        let end = match (claims.expires_at(), line.ends_at) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
        let (word, tone) = state(status);
        // What is revoked cannot be revoked again.
        let is_revoked = status == Some("revoked");
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
            address
                .map(|address| vec![Cell::Code(address)])
                .unwrap_or_default(),
            vec![signed.badge(word, tone)],
        ];
        if may_revoke && is_revoked {
            cells.push(Vec::new());
        } else if may_revoke {
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
    Ok(Table {
        id: "tokens",
        caption: signed.text("tokens-caption"),
        heads: heads.into_iter().map(|id| signed.text(id)).collect(),
        rows: found.into_iter().map(row).collect(),
    })
}
