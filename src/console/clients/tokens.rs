//! The tokens of an OAuth client that are valid.

use super::{find, path_of};
use crate::console::answers::Page;
use crate::console::gate::{self, Answer};
use crate::console::page::{Action, Choice, Filter, FilterField, Part};
use crate::console::sent::Sent;
use crate::console::tokens::{kind, list_of, looked_back, revoke_selected};
use crate::console::visit::{Outcome, Signed};
use crate::http::{Anyone, Call};
use crate::ledger;
use crate::session::console::Right;
use crate::token::Kind;

pub(super) async fn get(call: Call<Anyone, Sent>) -> Answer {
    gate::show(call, show).await
}

async fn show(signed: &Signed) -> Outcome {
    let client = find(signed, &signed.id).await?.client;
    let mut ignored = Vec::new();
    let limit = signed.limit(&mut ignored);
    let asked: Option<Kind> = signed.asked("kind").parse().ok();
    let wanted = asked.filter(|kind| Kind::OF_A_CLIENT.contains(kind));
    if wanted.is_none() && !signed.asked("kind").is_empty() {
        ignored.push("kind");
    }
    let wanted = wanted.unwrap_or(Kind::Access);
    let filter = ledger::Filter {
        client: Some(client.id.clone()),
        kind: Some(wanted),
        seek: signed.seek(),
        ..ledger::Filter::of(signed.organization(), limit)
    };
    let found = ledger::page(&signed.app, filter).await?;
    let pages = signed.pages(&found.page);
    let lines = found.page.rows;
    let base = path_of(client.id.as_str());
    let may_revoke = signed.found.right == Right::Admin;
    let mut acts = vec![Action {
        link: signed.link(base.clone(), "back"),
        primary: false,
    }];
    if may_revoke {
        acts.push(Action {
            link: signed.link(format!("{base}/revoke-all"), "tokens-revoke-all"),
            primary: false,
        });
    }
    let mut parts = vec![Part::Actions(acts)];
    if !signed.app.tokens.issuer.writes_all() {
        parts.push(Part::Warning(signed.phrase("ledger-off")));
    }
    parts.extend(signed.ignored(&ignored));
    let here = format!("{base}/tokens");
    let kinds = Kind::OF_A_CLIENT
        .map(|one| Choice::new(one.as_str(), signed.text(kind(one)), one == wanted));
    parts.push(Part::Filter(Filter {
        action: here.clone(),
        fields: vec![FilterField {
            name: "kind",
            label: signed.text("kind"),
            value: String::new(),
            choices: kinds.into(),
            hint: None,
        }],
        clear: here.clone(),
    }));
    if lines.is_empty() {
        parts.push(Part::Nothing {
            text: signed.text("client-no-tokens"),
            clear: signed.link(here, "filter-clear"),
        });
    } else {
        parts.push(Part::Table(list_of(signed, lines, may_revoke).await?));
        if may_revoke {
            parts.push(revoke_selected(signed));
        }
    }
    parts.extend(found.looked_up_to.map(|at| looked_back(signed, at)));
    parts.push(Part::Pages(pages));
    let heading = signed.around("client-tokens-of", &client.settings.name);
    signed
        .page(Page::new("oauth-client-tokens", heading, parts))
        .await
}
