//! The signing keys of the service, which rotate by themselves.

use crate::console::page::{Cell, Part, Phrase, Row, Table, Tone};
use crate::console::refusal::Refusal;
use crate::console::visit::{Signed, Visit};
use crate::signing_keys::{self, KeyState, Planned};
use crate::token::Purpose;

/// How many keys that no longer verify anything are shown.
const RETIRED_SHOWN: usize = 5;

/// Returns the timeline: the keys that are in use, and the last ones that were.
pub(super) async fn parts(signed: &Signed) -> Result<Vec<Part>, Refusal> {
    let planned = planned(signed).await?;
    Ok(vec![
        Part::Heading(signed.text("signing-keys")),
        Part::Text(Phrase::plain(signed.text("signing-keys-lead"))),
        Part::Table(table(signed, &planned)),
    ])
}

/// Returns the keys, the newest first.
pub(in crate::console) async fn planned(visit: &Visit) -> Result<Vec<Planned>, Refusal> {
    let kept = visit.app.db.read(signing_keys::all).await?;
    let rules = visit.app.tokens.keys.rules();
    let mut planned = signing_keys::timeline(kept, rules);
    planned.reverse();
    let mut retired = 0;
    planned.retain(|planned| {
        let is_retired = planned.kept.key.life.state() == KeyState::Retired;
        retired += usize::from(is_retired);
        !is_retired || retired <= RETIRED_SHOWN
    });
    Ok(planned)
}

/// Returns the table of some keys.
pub(in crate::console) fn table(visit: &Visit, planned: &[Planned]) -> Table {
    let heads = [
        "signing-key",
        "algorithm",
        "status",
        "added",
        "key-signs-from",
        "key-signs-until",
        "key-verifies-until",
    ];
    Table {
        id: "signing-keys",
        caption: visit.text("signing-keys-caption"),
        heads: heads.iter().map(|id| visit.text(id)).collect(),
        rows: planned.iter().map(|planned| row(visit, planned)).collect(),
    }
}

fn row(signed: &Visit, planned: &Planned) -> Row {
    let key = &planned.kept.key;
    let life = key.life;
    let (word, tone) = match life.state() {
        _ if life.is_revoked() => ("state-revoked", Tone::Bad),
        KeyState::Pending => ("key-pending", Tone::Quiet),
        KeyState::Active => ("key-active", Tone::Good),
        KeyState::Retiring => ("key-retiring", Tone::Quiet),
        KeyState::Retired => ("key-retired", Tone::Quiet),
    };
    let mut algorithm = vec![Cell::Code(key.role.algorithm.as_str().to_owned())];
    if key.role.purpose == Purpose::IdTokens {
        let of_id_tokens = Cell::Quiet(signed.text("key-id-tokens"));
        algorithm.extend([Cell::Break, of_id_tokens]);
    }
    let until = life.retiring_at.or(planned.replaced_at);
    Row {
        id: key.kid.to_string(),
        cells: vec![
            vec![Cell::Code(key.kid.to_string())],
            algorithm,
            vec![signed.badge(word, tone)],
            vec![signed.time(life.created_at)],
            signed.time_or(planned.signs_from, "never"),
            signed.time_or(until, "not-yet-known"),
            signed.time_or(life.retired_at, "key-as-long-as-needed"),
        ],
    }
}
