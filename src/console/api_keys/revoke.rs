//! Revoking an API key.

use std::time::Duration;

use super::{PATH, find, id_of, path_of};
use crate::api_key::{KeyStatus, LastUse, StoredKey, manage};
use crate::console::answers::Page;
use crate::console::gate::{self, Answer, Needs};
use crate::console::page::{Action, Effect, Form, Notice, Part};
use crate::console::sent::Sent;
use crate::console::visit::{Outcome, Signed};
use crate::db::Conn;
use crate::http::{Anyone, Call};
use crate::revocation;

/// A key that was used so lately may still be in use.
const LATELY: Duration = Duration::from_hours(24 * 7);

/// Whether a key was used so lately that it may still be in use.
pub(super) fn was_used_lately(signed: &Signed, last: &LastUse) -> bool {
    last.at.is_some_and(|at| at.plus(LATELY) > signed.now)
}

/// Returns what revoking keys does.
pub(super) fn effect(signed: &Signed) -> Part {
    Part::Effect(Effect {
        tokens: None,
        lines: vec![
            signed.phrase("key-revoke-effect"),
            signed.phrase("key-revoke-stays"),
        ],
    })
}

pub(super) async fn get(call: Call<Anyone, Sent>) -> Answer {
    gate::show_admin(call, async |signed: &Signed| {
        let found = find(signed, &signed.id).await?;
        let page = question(signed, &found);
        signed.page(page).await
    })
    .await
}

fn question(signed: &Signed, (stored, last): &(StoredKey, LastUse)) -> Page {
    let key = &stored.key;
    let base = path_of(key.id);
    let mut parts = Vec::new();
    if was_used_lately(signed, last) {
        parts.push(Part::Warning(signed.phrase("key-used-lately")));
    }
    parts.push(effect(signed));
    if key.status == KeyStatus::Revoked {
        parts.insert(0, Part::Warning(signed.phrase("nothing-left")));
        parts.push(Part::Actions(vec![Action {
            link: signed.link(base, "back"),
            primary: false,
        }]));
    } else {
        let form = Form::new("confirm", format!("{base}/revoke"), signed.csrf())
            .danger("revoke", signed.text("revoke"))
            .cancel(base, signed.text("cancel"));
        parts.push(Part::Form(form));
    }
    let heading = signed.around("key-revoke-question", &key.settings.name);
    Page::new("api-key-confirm", heading, parts)
}

pub(super) async fn post(call: Call<Anyone, Sent>) -> Answer {
    gate::act(call, Needs::Admin, revoke).await
}

async fn revoke(signed: &Signed) -> Outcome {
    if signed.sent.text("do") != "revoke" {
        return gate::unknown_button();
    }
    let which = (signed.organization(), id_of(&signed.id)?);
    let found = find(signed, &signed.id).await?;
    if found.0.key.status == KeyStatus::Revoked {
        return signed.answer(&question(signed, &found));
    }
    let (origin, now) = (signed.origin.clone(), signed.now);
    let (db, feed) = (&signed.app.db, signed.app.nodes.feed.clone());
    let revoke = move |conn: &mut Conn| {
        manage::revoke(conn, which, &origin, now).map(|entries| ((), entries))
    };
    let ((), done) = revocation::enforce(db, feed, revoke).await?;
    signed.app.metrics.revocations.inc();
    let notice = Notice::new(signed.around("key-revoked", &found.0.key.settings.name));
    let notice = notice.with(signed.receipt(&done));
    signed.done(PATH, notice).await
}
