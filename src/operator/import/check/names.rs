//! The names of all lines: at the end each external id and each email is one operator's.

use std::collections::{HashMap, HashSet};

use super::super::Fault;
use super::Seen;
use super::draft::Draft;
use crate::base::{OperatorId, caseless};
use crate::operator::Operator;

/// Returns the lines that give an operator an external id that another one has at the end.
pub(super) fn external_ids<'a>(
    drafts: &'a [Draft],
    holders: &HashMap<&'a str, &'a Operator>,
) -> Vec<(usize, Fault)> {
    let applied = || {
        drafts
            .iter()
            .enumerate()
            .filter(|(_, draft)| draft.faults.is_empty())
    };
    let gives_up: HashSet<OperatorId> = applied()
        .filter_map(|(_, draft)| {
            let before = draft.before?;
            (before.profile.external_id != draft.after.external_id).then_some(before.id)
        })
        .collect();
    let kept = holders
        .iter()
        .filter(|(_, who)| !gives_up.contains(&who.id));
    let mut taken: HashSet<&str> = kept.map(|(id, _)| *id).collect();
    let mut clashes = Vec::new();
    for (number, draft) in applied() {
        if let Some(id) = draft.sets(|profile| &profile.external_id)
            && !taken.insert(id)
        {
            clashes.push((number, Fault::ExternalIdTaken));
        }
    }
    clashes
}

/// Returns the lines that give an operator an email that another one has, as email or username, at
/// the end.
pub(super) fn emails(drafts: &[Draft], seen: &Seen) -> Vec<(usize, Fault)> {
    let applied = || {
        drafts
            .iter()
            .enumerate()
            .filter(|(_, draft)| draft.faults.is_empty())
    };
    let key = |text: &Option<String>| text.as_deref().map(caseless::key);
    let gives_up: HashMap<OperatorId, Option<String>> = applied()
        .filter_map(|(_, draft)| {
            let before = draft.before?;
            let given_up = before.profile.email != draft.after.email;
            // The username stays.
            (given_up && key(&before.profile.username) != key(&before.profile.email))
                .then(|| (before.id, key(&before.profile.email)))
        })
        .collect();
    let mut taken: HashMap<String, Option<OperatorId>> = HashMap::new();
    for (who, name) in &seen.names {
        let is_given_up = gives_up
            .get(who)
            .is_some_and(|key| key.as_ref() == Some(name));
        if !is_given_up {
            taken.insert(name.clone(), Some(*who));
        }
    }
    let mut clashes = Vec::new();
    for (number, draft) in applied() {
        let Some(email) = draft.sets(|profile| &profile.email) else {
            continue;
        };
        let own = draft.before.map(|before| before.id);
        let key = caseless::key(email);
        match taken.get(&key) {
            // Its own username, or its own email in other letters.
            Some(who) if who.is_some() && *who == own => {}
            Some(_) => clashes.push((number, Fault::EmailTaken)),
            None => {
                taken.insert(key, own);
            }
        }
    }
    clashes
}
