//! The list of company tokens, and what is rotated next.

use std::collections::HashMap;

use super::{NEW, PATH, keys, name_of, path_of, record_of, terms, with_use, words};
use crate::base::{Timestamp, TokenId};
use crate::company;
use crate::console::answers::Page;
use crate::console::cells::token_link;
use crate::console::gate::{self, Answer};
use crate::console::page::{
    Action, Cell, Choice, Empty, Filter, FilterField, Part, Row, Table, Tone,
};
use crate::console::refusal::Refusal;
use crate::console::sent::Sent;
use crate::console::shown;
use crate::console::tokens::looked_back;
use crate::console::visit::{Outcome, Signed};
use crate::db;
use crate::duty;
use crate::http::{Anyone, Call};
use crate::ledger::{self, Record, Wanted};
use crate::organization::Terms;
use crate::session::console::Right;
use crate::signing_keys;

pub(super) async fn get(call: Call<Anyone, Sent>) -> Answer {
    gate::show(call, show).await
}

async fn show(signed: &Signed) -> Outcome {
    let mut ignored = Vec::new();
    let limit = signed.limit(&mut ignored);
    let is_due = signed.asked("due") == "1";
    if !is_due && !signed.asked("due").is_empty() {
        ignored.push("due");
    }
    let seek = signed.seek();
    let terms = terms(signed).await?;
    let wanted = Wanted {
        organization: signed.organization(),
        unrotated_since: is_due.then(|| signed.now.minus(terms.period)),
        seek,
        limit,
    };
    let found = ledger::company_tokens(&signed.app, wanted).await?;
    let (pages, looked_up_to) = (signed.pages(&found.page), found.looked_up_to);
    let found = found.page.rows;
    let lines = found.iter().map(|record| &record.line);
    let used = ledger::successors_used(&signed.app, signed.organization(), lines).await?;

    let may_change = signed.found.right == Right::Admin;
    let mut parts = vec![Part::Lead(signed.phrase("rotation-lead"))];
    if may_change {
        parts.push(Part::Actions(vec![Action {
            link: signed.link(NEW, "company-token-new"),
            primary: true,
        }]));
    }
    parts.extend(signed.ignored(&ignored));
    parts.push(Part::Filter(filter_form(signed, is_due)));
    if found.is_empty() && (is_due || !seek.is_first() || looked_up_to.is_some()) {
        parts.push(Part::Nothing {
            text: signed.text("nothing-found"),
            clear: signed.link(PATH, "filter-clear"),
        });
    } else if found.is_empty() {
        parts.push(Part::Empty(Empty {
            text: signed.text("company-tokens-empty"),
            action: may_change.then(|| signed.link(NEW, "company-token-new")),
            command: Some("lanyard token add --organization ID --label TEXT".to_owned()),
        }));
    } else {
        parts.push(Part::Table(table(signed, found, &terms, &used, may_change)));
    }
    parts.extend(looked_up_to.map(|at| looked_back(signed, at)));
    parts.push(Part::Pages(pages));
    parts.extend(keys::parts(signed).await?);
    parts.extend(next_runs(signed).await?);
    let heading = signed.phrase("rotation");
    signed.page(Page::new("rotation", heading, parts)).await
}

fn filter_form(signed: &Signed, is_due: bool) -> Filter {
    Filter {
        action: PATH.to_owned(),
        fields: vec![FilterField {
            name: "due",
            label: signed.text("rotation-which"),
            value: String::new(),
            choices: vec![
                Choice::new("", signed.text("rotation-all"), !is_due),
                Choice::new("1", signed.text("rotation-due-only"), is_due),
            ],
            hint: None,
        }],
        clear: PATH.to_owned(),
    }
}

fn table(
    signed: &Signed,
    found: Vec<Record>,
    terms: &Terms,
    used: &HashMap<TokenId, Timestamp>,
    may_change: bool,
) -> Table {
    let mut heads = vec![
        "label",
        "token",
        "issued",
        "issued-from",
        "last-use",
        "rotation-due",
        "ends",
        "successor",
        "retire-column",
    ];
    if may_change {
        heads.push("acts");
    }
    let row = |record: Record| {
        let record = with_use(signed, record);
        let line = &record.line;
        let claims = line.claims;
        let successor = line.handover.map(|handover| handover.successor);
        let first = successor.and_then(|jti| used.get(&jti).copied());
        let mut cells = vec![
            vec![Cell::Link {
                href: record_of(claims.jti),
                name: name_of(&record),
            }],
            vec![token_link(claims.jti)],
            vec![signed.time(claims.issued_at)],
            record
                .address
                .clone()
                .map(|address| vec![Cell::Code(address)])
                .unwrap_or_default(),
            signed.ago_or(line.last_used_at, "never-used"),
            due(signed, &record, terms),
            signed.time_or(end(&record, terms), "no-end"),
            successor
                .map(|jti| vec![token_link(jti)])
                .unwrap_or_default(),
            line.retirement(first)
                .map(words)
                .map(|(word, _, tone)| vec![signed.badge(word, tone)])
                .unwrap_or_default(),
        ];
        if may_change {
            cells.push(next_act(signed, &record));
        }
        Row {
            id: claims.jti.to_string(),
            cells,
        }
    };
    Table {
        id: "company-tokens",
        caption: signed.text("company-tokens-caption"),
        heads: heads.iter().map(|id| signed.text(id)).collect(),
        rows: found.into_iter().map(row).collect(),
    }
}

/// When a token is due, unless it was rotated.
fn due(signed: &Signed, record: &Record, terms: &Terms) -> Vec<Cell> {
    if record.line.handover.is_some() {
        return vec![Cell::Quiet(signed.text("rotated-already"))];
    }
    let due = terms.due(record.line.claims.issued_at);
    let mut cells = vec![signed.time(due)];
    if due <= signed.now {
        cells.extend([Cell::Break, signed.badge("is-due", Tone::Caution)]);
    }
    cells
}

/// When a token ends, as far as is known now.
pub(super) fn end(record: &Record, terms: &Terms) -> Option<Timestamp> {
    let line = &record.line;
    let own = line.claims.expires_at().into_iter().chain(line.ends_at);
    let unless_rotated = terms
        .end_unless_rotated(line.claims.issued_at)
        .filter(|_| line.handover.is_none());
    own.chain(unless_rotated).min()
}

/// The link to the next step in the life of a token. Its page has the others.
fn next_act(signed: &Signed, record: &Record) -> Vec<Cell> {
    let (act, id) = match record.line.handover {
        None => ("rotate", "token-rotate"),
        Some(_) => ("retire", "retire"),
    };
    vec![Cell::Link {
        href: path_of(record.line.claims.jti, act),
        name: signed.text(id),
    }]
}

/// When the service looks after company tokens and signing keys again.
async fn next_runs(signed: &Signed) -> Result<Vec<Part>, Refusal> {
    let jobs = [
        (company::job::NAME, company::job::EVERY, "next-run-tokens"),
        (
            signing_keys::job::NAME,
            signing_keys::job::EVERY,
            "next-run-keys",
        ),
    ];
    let read = move |conn: &mut db::Conn| {
        let last = |conn: &mut db::Conn, name| duty::last_run(conn, name);
        let [(tokens, ..), (keys, ..)] = jobs;
        Ok::<_, db::Error>([last(conn, tokens)?, last(conn, keys)?])
    };
    let last = signed.app.db.read(read).await?;
    let facts = jobs.into_iter().zip(last).map(|((_, every, id), last)| {
        let span = shown::span(every, signed.language());
        let mut cells = vec![Cell::Text(signed.text_with(
            "next-run-every",
            "span",
            &span,
        ))];
        cells.push(Cell::Break);
        match last {
            Some(last) => {
                let next = last.plus(every).max(signed.now);
                cells.push(signed.time(next));
            }
            None => cells.push(Cell::Quiet(signed.text("next-run-unknown"))),
        }
        (signed.text(id), cells)
    });
    Ok(vec![
        Part::Heading(signed.text("next-runs")),
        Part::Facts("next-runs", facts.collect()),
    ])
}
