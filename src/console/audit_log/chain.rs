//! What the page says about the chain over the log.

use crate::audit::seal::{MOST_COUNTED, State};
use crate::console::page::{Cell, Part, Tone};
use crate::console::visit::Visit;

/// Returns whether the chain is whole, how many lines are not sealed yet, and the newest hash.
pub(super) fn facts(signed: &Visit, state: &State) -> Part {
    let mut facts = Vec::new();
    let sealed = match (state.broken, state.newest) {
        (Some(batch), _) => vec![
            signed.badge("chain-broken", Tone::Bad),
            Cell::Text(signed.text_with("chain-broken-at", "batch", &batch.to_string())),
        ],
        (None, Some(newest)) => vec![
            signed.badge("chain-whole", Tone::Good),
            Cell::Text(signed.text("chain-up-to")),
            signed.time(newest.sealed_at),
        ],
        (None, None) => vec![Cell::Quiet(signed.text("chain-none"))],
    };
    facts.push((signed.text("chain"), spaced(sealed)));
    let count = if state.unsealed >= MOST_COUNTED {
        format!("{}+", signed.language().number(MOST_COUNTED))
    } else {
        signed.language().number(state.unsealed)
    };
    facts.push((signed.text("chain-unsealed"), vec![Cell::Text(count)]));
    if let Some(newest) = state.newest {
        let label = signed.text_with("chain-hash", "batch", &newest.batch.to_string());
        facts.push((label, vec![Cell::Code(newest.hash.to_string())]));
    }
    Part::Facts("chain", facts)
}

/// Puts a space between pieces.
fn spaced(pieces: Vec<Cell>) -> Vec<Cell> {
    let mut spaced = Vec::new();
    for piece in pieces {
        if !spaced.is_empty() {
            spaced.push(Cell::Text(" ".to_owned()));
        }
        spaced.push(piece);
    }
    spaced
}
