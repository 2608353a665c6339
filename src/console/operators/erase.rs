//! Erases a person: the page says what goes and what stays, and afterwards how much was overwritten.

use super::{find, id_of, last_admins, path_of};
use crate::console::answers::Page;
use crate::console::cells::revoked_tokens;
use crate::console::gate::{self, Answer, Needs};
use crate::console::page::{Form, Notice, Part, Phrase};
use crate::console::sent::Sent;
use crate::console::visit::{Outcome, Signed};
use crate::http::{Anyone, Call};
use crate::ledger;
use crate::operator;
use crate::page::Value;

/// What the page says, one line each.
const LINES: [&str; 4] = [
    "erase-overwrites",
    "erase-where",
    "erase-stays",
    "erase-not-reached",
];

pub(super) async fn get(call: Call<Anyone, Sent>) -> Answer {
    gate::show_admin(call, async |signed: &Signed| {
        let operator = find(signed, &signed.id).await?;
        let (organization, id) = (signed.organization(), operator.id);
        let tokens = ledger::count_of_operators(&signed.app, organization, vec![id]).await?;
        let mut effect = revoked_tokens(signed, tokens);
        effect.lines.extend(LINES.map(|id| signed.phrase(id)));
        let base = path_of(id);
        let form = Form::new("confirm", format!("{base}/erase"), signed.csrf())
            .danger("erase", signed.text("erase"))
            .cancel(base, signed.text("cancel"));
        let mut parts = vec![Part::Effect(effect)];
        parts.extend(last_admins(signed, vec![id]).await?);
        parts.push(Part::Form(form));
        let heading = signed.around("erase-question", &operator.profile.name);
        signed
            .page(Page::new("operator-confirm", heading, parts))
            .await
    })
    .await
}

pub(super) async fn post(call: Call<Anyone, Sent>) -> Answer {
    gate::act(call, Needs::Admin, erase).await
}

async fn erase(signed: &Signed) -> Outcome {
    if signed.sent.text("do") != "erase" {
        return gate::unknown_button();
    }
    let id = id_of(&signed.id)?;
    let (organization, origin) = (signed.organization(), signed.origin.clone());
    let (erased, receipt) = operator::erase(&signed.app, organization, id, origin).await?;
    // The notice is stored until it is shown, so it does not have the name.
    let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    let id_shown = id.to_string();
    let values = [
        ("id", Value::Text(&id_shown)),
        ("lines", Value::Count(count(erased.lines))),
        ("tokens", Value::Count(count(erased.tokens))),
    ];
    let done = signed.language().text_with("erase-done", &values);
    let notice = Notice::new(Phrase::plain(done)).with(signed.receipt(&receipt));
    signed.done(&path_of(id), notice).await
}
