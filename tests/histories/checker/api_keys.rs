//! What the answers about API keys and signed requests must be: no key is valid in quarantine or while
//! its operator is inactive, and no nonce, DPoP proof or assertion is accepted twice.

use std::collections::HashMap;

use super::violation;
use crate::history::{History, Look, Verdict};

/// Returns whether something else than its end explains that an API key is refused: it was in
/// quarantine once, and nodes apply a release when they read it, or its operator may be inactive.
pub(super) fn may_be_refused(history: &History, look: &Look) -> bool {
    let kind = history.tokens[look.token].kind;
    let Some(key) = kind.api_key() else {
        return false;
    };
    let held = || {
        let mut holds = history.holds.iter();
        holds.any(|hold| hold.key == key && hold.asked < look.at.end)
    };
    kind.bound().is_some() || held()
}

/// Returns the violations.
pub(super) fn faults(history: &History) -> Vec<String> {
    let mut faults = Vec::new();
    let valid = |look: &&Look| look.verdict == Verdict::Valid;
    for look in history.looks.iter().filter(valid) {
        let kind = history.tokens[look.token].kind;
        let Some(key) = kind.api_key() else { continue };
        let mut holds = history.holds.iter();
        if let Some(hold) = holds.find(|hold| hold.key == key && hold.covers(look.at)) {
            let what = format!("valid in quarantine ({hold:?})");
            faults.push(violation(history, look, &what, None));
        }
        let mut leaves = history.leaves.iter();
        let away = leaves.find(|leave| {
            kind.bound() == Some(leave.operator)
                && leave.from < look.at.start
                && look.at.end < leave.until
        });
        if let Some(leave) = away {
            let what = format!("valid while its operator is inactive ({leave:?})");
            faults.push(violation(history, look, &what, None));
        }
    }
    let mut accepted = HashMap::new();
    for used in &history.nonce_uses {
        if used.status != Some(200) {
            continue;
        }
        if let Some(first) = accepted.insert(used.request, used) {
            let [first, second] = [first, used].map(|used| {
                let at = history.since(used.at.start);
                format!("by node {}, which received it at {at}", used.node)
            });
            let request = &history.signed[used.request];
            let (what, bytes) = (request.once.word(), &request.bytes);
            faults.push(format!(
                "{what} accepted twice, {first}, and {second}: {bytes}"
            ));
        }
    }
    faults
}
