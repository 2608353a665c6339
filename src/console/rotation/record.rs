//! What the page of a company token says about its rotation, so that an admin can end it without
//! fear.

use super::{list, path_of, retirement, terms, with_use, words};
use crate::console::cells::counted;
use crate::console::page::{Action, Cell, Tone};
use crate::console::refusal::Refusal;
use crate::console::visit::Signed;
use crate::ledger::{self, Record};

/// Returns names and values about the rotation of a company token.
pub(in crate::console) async fn facts(
    signed: &Signed,
    record: &Record,
) -> Result<Vec<(String, Vec<Cell>)>, Refusal> {
    let record = with_use(signed, record.clone());
    let jti = record.line.claims.jti;
    let terms = terms(signed).await?;
    let children = ledger::count_of_children(&signed.app, signed.organization(), jti).await?;
    let mut facts = vec![(
        signed.text("children"),
        vec![Cell::Text(counted(signed, children))],
    )];
    if record.line.handover.is_none() {
        let due = terms.due(record.line.claims.issued_at);
        let mut cells = vec![signed.time(due)];
        if due <= signed.now {
            cells.extend([Cell::Break, signed.badge("is-due", Tone::Caution)]);
        }
        facts.push((signed.text("rotation-due"), cells));
        if let Some(end) = list::end(&record, &terms) {
            facts.push((signed.text("ends-unless-rotated"), vec![signed.time(end)]));
        }
    }
    if let Some(found) = retirement(signed, &record).await? {
        let (word, text, tone) = words(found);
        let cells = vec![
            signed.badge(word, tone),
            Cell::Break,
            Cell::Text(signed.text(text)),
        ];
        facts.push((signed.text("retire-column"), cells));
    }
    Ok(facts)
}

/// Returns the links to what can be done with a company token.
pub(in crate::console) fn actions(
    signed: &Signed,
    record: &Record,
    is_valid: bool,
    can_be_revoked: bool,
) -> Vec<Action> {
    let jti = record.line.claims.jti;
    let mut acts = Vec::new();
    if is_valid && record.line.handover.is_none() {
        acts.push(("rotate", "token-rotate"));
    }
    if is_valid {
        acts.push(("retire", "retire"));
    }
    acts.push(("label", "label-set"));
    if can_be_revoked {
        acts.push(("revoke", "token-disown"));
    }
    let action = |(act, id): (&str, &str)| Action {
        link: signed.link(path_of(jti, act), id),
        primary: false,
    };
    acts.into_iter().map(action).collect()
}
