//! What the lines of a table will do. The check is a pure function of the lines and of what is in the
//! database; applying checks again. `draft.rs` reads one line, `names.rs` compares the names of all.

mod draft;
mod names;

use std::collections::{HashMap, HashSet};

use self::draft::{Draft, draft};
use super::{Checked, Column, Effect, Fault, Line, version_of};
use crate::base::name::is_text;
use crate::base::{OperatorId, OrganizationId, Timestamp, caseless};
use crate::db::{Conn, Result};
use crate::operator::{Operator, OperatorStatus, store};

/// How many names one query looks up.
const BATCH: usize = 1_000;

/// How often the lines are compared with each other. If a line is refused, its operator keeps its names,
/// and another line that takes one of them must be refused too. A line that this does not find within so
/// many rounds is refused when it is applied.
const ROUNDS: usize = 8;

/// What the check knows of the operators that are there.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    /// Those that a line names by its id or its external id.
    pub operators: Vec<Operator>,
    /// The operators that have an email of the table, as email or as username: each with the key of
    /// that name.
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
        let mut clashes = names::external_ids(&drafts, &holders);
        clashes.extend(names::emails(&drafts, seen));
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

fn effect(draft: Draft) -> Effect {
    if !draft.faults.is_empty() {
        return Effect::Faulty(draft.faults);
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
        return Effect::Unchanged {
            id: before.id,
            version: Some(version_of(before.version)),
        };
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
