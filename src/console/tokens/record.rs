//! The page of one token.

use super::{PATH, REVOKE, facts, kind, rule, state};
use crate::audit;
use crate::base::{Seek, TokenId};
use crate::console::answers::Page;
use crate::console::audit_log;
use crate::console::cells::{operator_link, short, token_link};
use crate::console::gate::{self, Answer};
use crate::console::page::{Action, Cell, Part, Phrase, Verdict};
use crate::console::refusal::Problem;
use crate::console::rotation;
use crate::console::sent::Sent;
use crate::console::visit::{Outcome, Signed};
use crate::grant;
use crate::http::{Anyone, Call};
use crate::ledger::{self, Record};
use crate::session::console::Right;
use crate::token::Kind;

pub(super) async fn get(call: Call<Anyone, Sent>) -> Answer {
    gate::show(call, show).await
}

async fn show(signed: &Signed) -> Outcome {
    let jti: TokenId = signed.id.parse().map_err(|_| Problem::NotFound)?;
    let organization = signed.organization();
    let found = ledger::examine(&signed.app, organization, jti).await?;
    let (record, why) = found.ok_or(Problem::NotFound)?;
    let claims = record.line.claims;
    let of_kind = claims.kind();
    let (word, tone) = state(why.as_ref().map(|why| why.reason.status()));
    let mut parts = vec![Part::Verdict(Verdict {
        status: why
            .as_ref()
            .map_or("valid", |why| why.reason.status())
            .to_owned(),
        reason: why.as_ref().map(|why| why.reason.as_str().to_owned()),
        word: signed.text(word),
        tone,
        text: signed.text(why.as_ref().map_or("why-valid", |why| rule(why.reason))),
    })];
    if let Some(why) = &why {
        parts.push(Part::Facts("why", facts(signed, why)));
    }
    let can_be_revoked = match of_kind {
        // The tokens that were issued in a session that has ended may be valid.
        Kind::Console => !signed.app.nodes.feed.index().names(&claims),
        _ => why.is_none(),
    };
    let may_change = signed.found.right == Right::Admin;
    if may_change && of_kind == Kind::Company {
        // With an expired company token, tokens that were issued with it can still be revoked.
        let can_be_revoked = grant::manage::can_end(&signed.app, &claims);
        let actions = rotation::record::actions(signed, &record, why.is_none(), can_be_revoked);
        parts.push(Part::Actions(actions));
    } else if can_be_revoked && may_change {
        parts.push(Part::Actions(vec![Action {
            link: signed.link(format!("{REVOKE}?jti={jti}"), "token-revoke"),
            primary: false,
        }]));
    }
    parts.push(Part::Heading(signed.text("token-record")));
    let of_rotation = match of_kind {
        Kind::Company => rotation::record::facts(signed, &record).await?,
        _ => Vec::new(),
    };
    let mut facts = token_facts(signed, record);
    facts.extend(of_rotation);
    parts.push(Part::Facts("token", facts));
    let target = match of_kind {
        Kind::Company => "company-token",
        Kind::Operator => "operator-token",
        Kind::Session | Kind::Console => "session",
        Kind::Access => "access-token",
        Kind::Refresh => "refresh-token",
    };
    let page = audit::Page {
        organization: Some(organization),
        filter: audit::Filter {
            target: Some(format!("{target}:{jti}")),
            ..audit::Filter::default()
        },
        seek: Seek::First,
        limit: 25,
    };
    let read = move |conn: &mut _| audit::page(conn, &page).map(|found| found.page.rows);
    let lines = signed.app.db.read(read).await?;
    if !lines.is_empty() {
        parts.push(Part::Heading(signed.text("audit-log")));
        parts.push(Part::Table(audit_log::table(signed, &lines)));
    }
    parts.push(Part::Actions(vec![Action {
        link: signed.link(PATH, "tokens"),
        primary: false,
    }]));
    let heading = Phrase::plain(format!("{} {}", signed.text(kind(of_kind)), short(jti)));
    signed.page(Page::new("token", heading, parts)).await
}

/// Everything that the ledger has about a token.
fn token_facts(signed: &Signed, record: Record) -> Vec<(String, Vec<Cell>)> {
    let claims = record.line.claims;
    let line = record
        .line
        .with_use(signed.app.tokens.uses.unwritten(claims.jti));
    let mut facts = vec![
        (
            signed.text("token-id"),
            vec![Cell::Code(claims.jti.to_string())],
        ),
        (signed.text("issued"), signed.time_and_ago(claims.issued_at)),
        (
            signed.text("ends"),
            signed.time_or(claims.expires_at(), "no-end"),
        ),
        (
            signed.text("last-use"),
            signed.time_or(line.last_used_at, "never-used"),
        ),
    ];
    let mut add = |id: &str, cell: Option<Cell>| {
        if let Some(cell) = cell {
            facts.push((signed.text(id), vec![cell]));
        }
    };
    add("label", line.label.map(Cell::Name));
    add("note", record.note.map(Cell::Name));
    add("operator", claims.operator().map(operator_link));
    add("client", line.client.map(|id| Cell::Code(id.to_string())));
    add("parent", line.parent.map(token_link));
    let successor = line.handover.map(|handover| handover.successor);
    add("successor", successor.map(token_link));
    add("ends-early", line.ends_at.map(|at| signed.time(at)));
    add("address", record.address.map(Cell::Code));
    add(
        "signing-key",
        record.kid.map(|kid| Cell::Code(kid.to_string())),
    );
    facts
}
