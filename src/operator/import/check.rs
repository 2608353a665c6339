//! What the lines of a table will do. The check is a pure function of the lines and of what is in the
//! database; applying checks again.

use std::collections::{HashMap, HashSet};

use super::{Checked, Column, Effect, Fault, Line, version_of};
use crate::base::name::is_text;
use crate::base::{OperatorId, OrganizationId, Timestamp, caseless};
use crate::db::{Conn, Result};
use crate::operator::{Operator, OperatorStatus, Profile, store};

/// How many names one query looks up.
const BATCH: usize = 1_000;

/// How often lines are compared with each other. A line that is refused may take a name with it that
/// another line would have been given; what is left after this is refused when it is applied.
const ROUNDS: usize = 8;

/// What the check knows of the operators that are there.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    /// Those that a line names by its id or its external id.
    pub operators: Vec<Operator>,
    /// Who has an email or an external id of the table: the operator, and the key of its email or
    /// username.
    pub names: Vec<(OperatorId, String)>,
}

impl Seen {
    fn load(conn: &mut Conn, organization: OrganizationId, lines: &[Line]) -> Result<Self> {
        let ids: Vec<_> = lines.iter().filter_map(|line| line.id().ok()?).collect();
        let texts = |column| {
            let cells = lines.iter().filter_map(move |line| line.cell(column)?);
            // No operator can have such a name, and PostgreSQL does not accept every text.
            cells.filter(|text| is_text(text))
        };
        let external_ids: Vec<&str> = texts(Column::ExternalId).collect();
        let emails: Vec<String> = texts(Column::Email).map(caseless::key).collect();
        let mut seen = Self::default();
        for ids in ids.chunks(BATCH) {
            seen.operators
                .extend(store::among(conn, organization, ids)?);
        }
        for ids in external_ids.chunks(BATCH) {
            seen.operators
                .extend(store::by_external_ids(conn, organization, ids)?);
        }
        seen.operators.sort_by_key(|operator| operator.id);
        seen.operators.dedup_by_key(|operator| operator.id);
        for keys in emails.chunks(BATCH) {
            seen.names
                .extend(store::with_names(conn, organization, keys, keys)?);
        }
        Ok(seen)
    }
}

/// Checks the lines against the operators of an organization.
///
/// # Errors
/// Returns the errors of the database.
pub fn check(
    conn: &mut Conn,
    organization: OrganizationId,
    lines: Vec<Line>,
) -> Result<Vec<Checked>> {
    let seen = Seen::load(conn, organization, &lines)?;
    Ok(plan(organization, &seen, lines))
}

/// A line on its way through the check.
struct Draft<'a> {
    before: Option<&'a Operator>,
    after: Profile,
    active: Option<bool>,
    faults: Vec<Fault>,
}

impl Draft<'_> {
    fn is_new(&self) -> bool {
        self.before.is_none()
    }

    /// Whether the line gives the operator this value of a member that it did not have.
    fn sets(&self, member: impl Fn(&Profile) -> &Option<String>) -> Option<&str> {
        let now = member(&self.after);
        let is_set = self
            .before
            .is_none_or(|before| member(&before.profile) != now);
        (*now).as_deref().filter(|_| is_set)
    }
}

/// Returns what each line will do.
#[must_use]
pub fn plan(organization: OrganizationId, seen: &Seen, lines: Vec<Line>) -> Vec<Checked> {
    let known: HashMap<OperatorId, &Operator> = seen
        .operators
        .iter()
        .filter(|operator| operator.organization == organization)
        .map(|operator| (operator.id, operator))
        .collect();
    let holders: HashMap<&str, &Operator> = known
        .values()
        .filter(|operator| operator.status != OperatorStatus::Deleted)
        .filter_map(|operator| Some((operator.profile.external_id.as_deref()?, *operator)))
        .collect();
    let mut about = HashSet::new();
    let mut drafts: Vec<Draft> = lines
        .iter()
        .map(|line| {
            let mut draft = draft(line, &known, &holders);
            if let Some(before) = draft.before
                && draft.faults.is_empty()
                && !about.insert(before.id)
            {
                draft.faults.push(Fault::Repeated);
            }
            draft
        })
        .collect();
    for _ in 0..ROUNDS {
        let mut clashes = external_ids(&drafts, &holders);
        clashes.extend(emails(&drafts, seen));
        if clashes.is_empty() {
            break;
        }
        for (number, fault) in clashes {
            if let Some(draft) = drafts.get_mut(number) {
                draft.faults.push(fault);
            }
        }
    }
    let effects: Vec<Effect> = drafts.into_iter().map(effect).collect();
    let lines = lines.into_iter().zip(effects);
    lines
        .map(|(line, effect)| Checked { line, effect })
        .collect()
}

/// Reads one line, without regard to the others.
fn draft<'a>(
    line: &Line,
    known: &HashMap<OperatorId, &'a Operator>,
    holders: &HashMap<&str, &'a Operator>,
) -> Draft<'a> {
    let mut faults = Vec::new();
    let before = match line.id() {
        Ok(Some(id)) => match known.get(&id) {
            Some(found) if found.status == OperatorStatus::Deleted => {
                faults.push(Fault::Deleted);
                None
            }
            Some(found) => Some(*found),
            None => {
                faults.push(Fault::Unknown);
                None
            }
        },
        Ok(None) => {
            let external_id = line.cell(Column::ExternalId).flatten();
            external_id.and_then(|id| holders.get(id).copied())
        }
        Err(fault) => {
            faults.push(fault);
            None
        }
    };
    let change = line.change().unwrap_or_else(|fault| {
        faults.push(fault);
        crate::operator::Change::default()
    });
    let blank = Profile::default();
    let old = before.map_or(&blank, |before| &before.profile);
    let mut after = old.clone();
    if let Some(name) = change.name {
        after.name = name;
    }
    let members = [
        (&mut after.external_id, change.external_id),
        (&mut after.email, change.email),
        (&mut after.role, change.role),
    ];
    for (member, value) in members {
        if let Some(value) = value {
            *member = value;
        }
    }
    if before.is_none() && after.name.is_empty() && faults.is_empty() {
        faults.push(Fault::NameMissing);
    }
    // Each member on its own: a person sees all faults of a line at once.
    let apart = [
        (
            Fault::NameWrong,
            Profile {
                name: after.name.clone(),
                ..old.clone()
            },
        ),
        (
            Fault::ExternalIdWrong,
            Profile {
                external_id: after.external_id.clone(),
                ..old.clone()
            },
        ),
        (
            Fault::EmailWrong,
            Profile {
                email: after.email.clone(),
                ..old.clone()
            },
        ),
        (
            Fault::RoleWrong,
            Profile {
                role: after.role.clone(),
                ..old.clone()
            },
        ),
    ];
    for (fault, profile) in apart {
        if profile.check_change(old).is_err() {
            faults.push(fault);
        }
    }
    Draft {
        before,
        after,
        active: change.active,
        faults,
    }
}

/// Returns the lines that give an operator an external id that another one has at the end.
fn external_ids<'a>(
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
fn emails(drafts: &[Draft], seen: &Seen) -> Vec<(usize, Fault)> {
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

fn effect(draft: Draft) -> Effect {
    if !draft.faults.is_empty() {
        return Effect::Faulty(draft.faults);
    }
    if draft.is_new() {
        return Effect::Create;
    }
    let Some(before) = draft.before else {
        return Effect::Create;
    };
    let (old, new) = (&before.profile, &draft.after);
    let is_active = before.status == OperatorStatus::Active;
    let active = draft.active.unwrap_or(is_active);
    let changes = [
        (Column::ExternalId, old.external_id != new.external_id),
        (Column::Name, old.name != new.name),
        (Column::Email, old.email != new.email),
        (Column::Role, old.role != new.role),
        (Column::Status, active != is_active),
    ];
    let columns: Vec<Column> = changes
        .into_iter()
        .filter_map(|(column, changed)| changed.then_some(column))
        .collect();
    if columns.is_empty() {
        return Effect::Unchanged { id: before.id };
    }
    Effect::Update {
        id: before.id,
        version: version_of(before.version),
        columns,
        deactivates: is_active && !active,
    }
}

/// Returns whether the operator is as it was when a line was checked.
pub(super) fn is_unchanged(operator: &Operator, version: i64) -> bool {
    operator.version == Timestamp::from_micros(version)
}

#[cfg(test)]
mod tests;
