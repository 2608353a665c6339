//! Revoking several API keys of the list.

use std::collections::BTreeSet;

use super::revoke::{effect, was_used_lately};
use super::{PATH, SELECTED, id_of, key_link, masked};
use crate::api_key::{KeyStatus, LastUse, StoredKey, manage};
use crate::base::ApiKeyId;
use crate::console::answers::Page;
use crate::console::gate::{self, Answer, Needs};
use crate::console::page::{Action, Cell, Form, Notice, Part, Phrase, Row, Table};
use crate::console::refusal::{Problem, Refusal};
use crate::console::sent::Sent;
use crate::console::visit::{Outcome, Signed};
use crate::db::Conn;
use crate::http::{Anyone, Call};
use crate::revocation;

/// The most keys that one form revokes.
const MOST: usize = 100;

pub(super) async fn get(call: Call<Anyone, Sent>) -> Answer {
    gate::show_admin(call, async |signed: &Signed| {
        let asked = signed.query.iter().filter(|(name, _)| name == "key");
        let ids = asked.map(|(_, id)| id.clone()).collect();
        let page = question(signed, &chosen(signed, ids).await?);
        signed.page(page).await
    })
    .await
}

/// Returns those keys of the organization with these ids that are not revoked.
async fn chosen(signed: &Signed, ids: Vec<String>) -> Result<Vec<(StoredKey, LastUse)>, Refusal> {
    let ids: Result<BTreeSet<ApiKeyId>, _> = ids.iter().map(|id| id_of(id)).collect();
    let ids: BTreeSet<ApiKeyId> = ids?.into_iter().take(MOST).collect();
    if ids.is_empty() {
        return Err(Problem::NotFound.into());
    }
    let organization = signed.organization();
    let read = move |conn: &mut Conn| manage::get_these(conn, organization, &ids);
    let mut found = signed.app.db.read(read).await?;
    found.retain(|(stored, _)| stored.key.status != KeyStatus::Revoked);
    Ok(found)
}

fn number(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn question(signed: &Signed, found: &[(StoredKey, LastUse)]) -> Page {
    if found.is_empty() {
        let parts = vec![
            Part::Warning(signed.phrase("nothing-left")),
            Part::Actions(vec![Action {
                link: signed.link(PATH, "back"),
                primary: false,
            }]),
        ];
        let heading = signed.phrase("keys-revoke-selected");
        return Page::new("api-keys-confirm", heading, parts);
    }
    let heading = Phrase::plain(signed.count("keys-revoke-question", number(found.len())));
    let mut parts = Vec::new();
    let used = found
        .iter()
        .filter(|(_, last)| was_used_lately(signed, last));
    let used = number(used.count());
    if used > 0 {
        let warning = signed.count("keys-used-lately", used);
        parts.push(Part::Warning(Phrase::plain(warning)));
    }
    parts.push(effect(signed));
    let row = |(stored, last): &(StoredKey, LastUse)| Row {
        id: stored.key.id.to_string(),
        cells: vec![
            vec![key_link(&stored.key)],
            vec![Cell::Code(masked(&stored.key))],
            signed.ago_or(last.at, "never-used"),
        ],
    };
    parts.push(Part::Table(Table {
        id: "api-keys",
        caption: signed.text("keys-to-revoke"),
        heads: ["name", "key-text", "last-use"]
            .map(|id| signed.text(id))
            .into(),
        rows: found.iter().map(row).collect(),
    }));
    let mut form = Form::new("confirm", SELECTED, signed.csrf())
        .danger("revoke", signed.text("revoke"))
        .cancel(PATH, signed.text("cancel"));
    for (stored, _) in found {
        form = form.hidden("key", stored.key.id.to_string());
    }
    parts.push(Part::Form(form));
    Page::new("api-keys-confirm", heading, parts)
}

pub(super) async fn post(call: Call<Anyone, Sent>) -> Answer {
    gate::act(call, Needs::Admin, revoke).await
}

async fn revoke(signed: &Signed) -> Outcome {
    if signed.sent.text("do") != "revoke" {
        return gate::unknown_button();
    }
    let found = chosen(signed, signed.sent.all("key")).await?;
    if found.is_empty() {
        return signed.answer(&question(signed, &found));
    }
    let ids: Vec<ApiKeyId> = found.iter().map(|(stored, _)| stored.key.id).collect();
    let (organization, origin, now) = (signed.organization(), signed.origin.clone(), signed.now);
    let (db, feed) = (&signed.app.db, signed.app.nodes.feed.clone());
    // All of them or none.
    let write = move |conn: &mut Conn| manage::revoke_these(conn, organization, ids, &origin, now);
    let (revoked, receipt) = revocation::enforce(db, feed, write).await?;
    let revoked = u64::try_from(revoked).unwrap_or_default();
    signed.app.metrics.revocations.inc_by(revoked);
    let count = i64::try_from(revoked).unwrap_or(i64::MAX);
    let notice = Notice::new(Phrase::plain(signed.count("keys-revoked", count)));
    signed
        .done(PATH, notice.with(signed.receipt(&receipt)))
        .await
}
