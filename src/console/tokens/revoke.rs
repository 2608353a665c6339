//! Revoking some tokens.

use super::{PATH, REVOKE, kind};
use crate::base::TokenId;
use crate::console::answers::Page;
use crate::console::cells::{operator_link, token_link};
use crate::console::gate::{self, Answer, Needs};
use crate::console::page::{Action, Cell, Effect, Form, Notice, Part, Phrase, Row, Table};
use crate::console::refusal::{Problem, Refusal};
use crate::console::sent::Sent;
use crate::console::visit::{Outcome, Signed};
use crate::db;
use crate::grant;
use crate::http::{Anyone, Call};
use crate::ledger::{self, Line};

/// The most tokens that one form revokes.
const MOST: usize = 100;

pub(super) async fn get(call: Call<Anyone, Sent>) -> Answer {
    gate::show_admin(call, async |signed: &Signed| {
        let asked = signed.query.iter().filter(|(name, _)| name == "jti");
        let ids: Vec<TokenId> = asked.filter_map(|(_, id)| id.parse().ok()).collect();
        let found = alive(signed, find(signed, ids).await?);
        let page = question(signed, &found);
        signed.page(page).await
    })
    .await
}

/// Returns the tokens of the organization with these ids.
async fn find(signed: &Signed, mut ids: Vec<TokenId>) -> Result<Vec<Line>, Refusal> {
    ids.sort_unstable();
    ids.dedup();
    ids.truncate(MOST);
    let organization = signed.organization();
    let read = move |conn: &mut _| {
        let mut found = Vec::new();
        for id in ids {
            found.extend(ledger::find(conn, organization, id)?.map(|record| record.line));
        }
        Ok::<_, db::Error>(found)
    };
    let found = signed.app.db.read(read).await?;
    if found.is_empty() {
        return Err(Problem::NotFound.into());
    }
    Ok(found)
}

/// Returns those of the tokens that are not revoked yet.
fn alive(signed: &Signed, mut found: Vec<Line>) -> Vec<Line> {
    found.retain(|line| grant::manage::can_end(&signed.app, &line.claims));
    found
}

fn question(signed: &Signed, found: &[Line]) -> Page {
    let count = i64::try_from(found.len()).unwrap_or(i64::MAX);
    let row = |line: &Line| Row {
        id: line.claims.jti.to_string(),
        cells: vec![
            vec![token_link(line.claims.jti)],
            vec![Cell::Text(signed.text(kind(line.claims.kind())))],
            line.claims
                .operator()
                .map(|id| vec![operator_link(id)])
                .unwrap_or_default(),
        ],
    };
    let table = Table {
        id: "tokens",
        caption: signed.text("tokens-to-revoke"),
        heads: ["token", "kind", "operator"]
            .iter()
            .map(|id| signed.text(id))
            .collect(),
        rows: found.iter().map(row).collect(),
    };
    let mut form = Form::new("confirm", REVOKE, signed.csrf())
        .danger("revoke", signed.text("token-revoke"))
        .cancel(PATH, signed.text("cancel"));
    for line in found {
        form = form.hidden("jti", line.claims.jti.to_string());
    }
    let mut parts = vec![Part::Effect(Effect {
        tokens: Some(count.to_string()),
        lines: vec![
            signed.phrase("tokens-revoke-effect"),
            signed.phrase("tokens-revoke-stays"),
        ],
    })];
    if found.is_empty() {
        parts.insert(0, Part::Warning(signed.phrase("nothing-left")));
        parts.push(Part::Actions(vec![Action {
            link: signed.link(PATH, "back"),
            primary: false,
        }]));
    } else {
        parts.extend([Part::Table(table), Part::Form(form)]);
    }
    let heading = Phrase::plain(signed.count("tokens-revoke-question", count));
    Page::new("tokens-confirm", heading, parts)
}

pub(super) async fn post(call: Call<Anyone, Sent>) -> Answer {
    gate::act(call, Needs::Admin, revoke).await
}

async fn revoke(signed: &Signed) -> Outcome {
    if signed.sent.text("do") != "revoke" {
        return gate::unknown_button();
    }
    let asked = signed.sent.all("jti");
    let ids = asked.iter().filter_map(|id| id.parse().ok()).collect();
    let found = alive(signed, find(signed, ids).await?);
    if found.is_empty() {
        return signed.answer(&question(signed, &found));
    }
    let mut last = None;
    for line in &found {
        let (jti, origin) = (line.claims.jti, signed.origin.clone());
        let organization = signed.organization();
        let done = grant::manage::revoke_token(&signed.app, organization, jti, origin).await?;
        last = Some(done);
    }
    let count = i64::try_from(found.len()).unwrap_or(i64::MAX);
    let phrase = Phrase::plain(signed.count("tokens-revoked", count));
    let mut notice = Notice::new(phrase);
    if let Some(receipt) = last {
        notice = notice.with(signed.receipt(&receipt));
    }
    signed.done(PATH, notice).await
}
