//! Lines of the log, as a table.

use super::act;
use super::actor::{self, Names};
use crate::audit::Line;
use crate::base::TokenId;
use crate::console::area::Area;
use crate::console::cells::short;
use crate::console::page::{Cell, Row, Table};
use crate::console::visit::Visit;
use crate::console::{api_keys, clients, operators, platform, roles, tokens, wechat};

/// A table of lines of the log, with the ids of operators.
pub(in crate::console) fn table(signed: &Visit, lines: &[Line]) -> Table {
    table_with(signed, lines, &Names::default())
}

/// A table of lines of the log, with the names of operators.
pub(in crate::console) fn table_with(signed: &Visit, lines: &[Line], names: &Names) -> Table {
    let heads = ["time", "actor", "act", "subject", "address", "details"];
    let row = |line: &Line| {
        let mut act_cell = vec![
            Cell::Text(signed.text(act(line.action))),
            Cell::Break,
            Cell::Word(line.action.as_str().to_owned()),
        ];
        if line.occurrences > 1 {
            act_cell.push(Cell::Break);
            act_cell.push(Cell::Text(signed.count("occurrences", line.occurrences)));
        }
        let (who, rest) = actor::cells(signed, line, names);
        let mut detail = Vec::new();
        if let Some(text) = rest {
            detail.push(Cell::Name(text));
            detail.push(Cell::Break);
        }
        if let Some(entry) = line.feed_seq {
            let entry = entry.to_string();
            detail.push(Cell::Text(signed.text_with("entry", "sequence", &entry)));
            detail.push(Cell::Break);
        }
        if let Some(id) = &line.request_id {
            detail.push(Cell::Code(id.clone()));
        }
        Row {
            id: line.id.to_string(),
            cells: vec![
                vec![signed.time(line.at)],
                who,
                act_cell,
                line.target
                    .as_deref()
                    .map(|target| vec![thing(signed, target)])
                    .unwrap_or_default(),
                line.address
                    .clone()
                    .map(|address| vec![Cell::Code(address)])
                    .unwrap_or_default(),
                detail,
            ],
        }
    };
    Table {
        id: "audit",
        caption: signed.text("audit-caption"),
        heads: heads.iter().map(|id| signed.text(id)).collect(),
        rows: lines.iter().map(row).collect(),
    }
}

/// An actor or a subject: a link if there is a page about it. The id of a token is shortened.
pub(super) fn thing(signed: &Visit, text: &str) -> Cell {
    let (kind, id) = text.split_once(':').unwrap_or((text, ""));
    if signed.area == Area::Platform {
        let page = match kind {
            "organization" => platform::organizations::PATH,
            // In these lines, an endpoint of the service itself.
            "webhook" => platform::webhooks::PATH,
            _ => return Cell::Code(text.to_owned()),
        };
        return Cell::Link {
            href: format!("{page}/{id}"),
            name: text.to_owned(),
        };
    }
    let of_token = id.parse::<TokenId>().ok();
    let page = match kind {
        "operator" => Some(operators::PATH),
        "api_key" | "api-key" => Some(api_keys::PATH),
        "company-token" | "operator-token" | "access-token" | "refresh-token" | "session" => {
            Some(tokens::PATH)
        }
        _ => None,
    };
    let of_name = match kind {
        "client" => Some(clients::path_of(id)),
        "role" => Some(roles::path_of(id)),
        "wechat-app" => Some(wechat::path_of(id)),
        _ => None,
    };
    if let Some(href) = of_name {
        let name = text.to_owned();
        return Cell::Link { href, name };
    }
    match (page, of_token) {
        (None, _) => Cell::Code(text.to_owned()),
        (Some(page), None) => Cell::Link {
            href: format!("{page}/{id}"),
            name: text.to_owned(),
        },
        (Some(page), Some(token)) => Cell::Link {
            href: format!("{page}/{token}"),
            name: format!("{kind}:{}", short(token)),
        },
    }
}
