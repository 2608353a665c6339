//! Applies lines that were checked.

use std::collections::{HashMap, HashSet};

use super::check::is_unchanged;
use super::{Checked, Column, Done, Effect, Fault, Outcome};
use crate::audit::Origin;
use crate::base::{OperatorId, OrganizationId, Timestamp};
use crate::db::{Conn, Error, Records, Result, savepoint, serialize_within};
use crate::feed::Entry;
use crate::operator::{self, Ids, Row, SynchronizeError, store, synchronize};

/// The largest number of lines that one transaction applies.
pub const MOST_AT_ONCE: usize = 1_000;

/// How many lines the database may refuse before all other lines of the same transaction are refused as
/// well; the person then checks them again. A line that was checked minutes ago is refused rarely, and
/// each one costs another attempt.
const MOST_REFUSED: usize = 16;

/// What became of the lines, in their order, and the entries that were written.
#[derive(Debug, Default)]
pub struct Applied {
    /// One for each line.
    pub done: Vec<Done>,
    /// The entries of the feed.
    pub entries: Vec<Entry>,
}

/// Applies lines, in the caller's transaction: all that still are as they were checked. `ids` are the
/// ids of the operators to be added. `gives_way` is called before each batch of rows; if it returns
/// true, this fails with [`Error::Busy`].
///
/// # Errors
/// Returns the errors of the database.
pub fn apply(
    conn: &mut Conn,
    organization: OrganizationId,
    lines: &[Checked],
    origin: &Origin,
    now: Timestamp,
    ids: &Ids,
    gives_way: &dyn Fn() -> bool,
) -> Result<Applied> {
    serialize_within(conn, Records::Operators, organization)?;
    let now_there = Present::load(conn, organization, lines)?;
    let mut done: Vec<Option<Done>> = Vec::with_capacity(lines.len());
    let mut open = Vec::new();
    for (number, checked) in lines.iter().enumerate() {
        let outcome = settled(checked, &now_there);
        if outcome.is_none() {
            open.push(number);
        }
        done.push(outcome);
    }
    let mut entries = Vec::new();
    let mut refused = 0;
    while !open.is_empty() {
        let rows: Vec<Row> = open.iter().filter_map(|at| row(lines.get(*at)?)).collect();
        let written = savepoint(conn, |conn| {
            let ids = ids.clone();
            synchronize(conn, organization, rows, origin, now, ids, gives_way)
        });
        match written {
            Ok((outcomes, written)) => {
                for (at, outcome) in open.drain(..).zip(outcomes) {
                    let (Some(checked), Some(place)) = (lines.get(at), done.get_mut(at)) else {
                        continue;
                    };
                    *place = Some(became(checked, &outcome));
                }
                entries = written;
            }
            Err(SynchronizeError::Database(error)) => return Err(error),
            Err(SynchronizeError::Row { index, fault }) => {
                let fault = Fault::of(&fault).ok_or(Error::Busy)?;
                let at = if index < open.len() {
                    open.remove(index)
                } else {
                    return Err(Error::Busy);
                };
                if let (Some(checked), Some(place)) = (lines.get(at), done.get_mut(at)) {
                    *place = Some(refuse(checked, vec![fault]));
                }
                refused += 1;
                if refused == MOST_REFUSED {
                    open.clear();
                }
            }
        }
    }
    let done = done.into_iter().zip(lines);
    let done = done
        .map(|(done, checked)| done.unwrap_or_else(|| refuse(checked, vec![Fault::Changed])))
        .collect();
    Ok(Applied { done, entries })
}

/// The operators that the lines are about, as they are now.
struct Present {
    operators: HashMap<OperatorId, operator::Operator>,
    external_ids: HashSet<String>,
}

impl Present {
    fn load(conn: &mut Conn, organization: OrganizationId, lines: &[Checked]) -> Result<Self> {
        let ids: Vec<OperatorId> = lines
            .iter()
            .filter_map(|checked| match checked.effect {
                Effect::Update { id, .. } | Effect::Unchanged { id, .. } => Some(id),
                Effect::Create | Effect::Faulty(_) => None,
            })
            .collect();
        let new = lines
            .iter()
            .filter(|checked| checked.effect == Effect::Create);
        let external_ids: Vec<&str> = new
            .filter_map(|checked| checked.line.cell(Column::ExternalId)?)
            .collect();
        let operators = store::among(conn, organization, &ids)?;
        let taken = store::by_external_ids(conn, organization, &external_ids)?;
        Ok(Self {
            operators: operators.into_iter().map(|one| (one.id, one)).collect(),
            external_ids: taken
                .into_iter()
                .filter_map(|one| one.profile.external_id)
                .collect(),
        })
    }

    /// Returns whether an operator is as it was when it had this version.
    fn has(&self, id: OperatorId, version: i64) -> bool {
        let operator = self.operators.get(&id);
        operator.is_some_and(|operator| is_unchanged(operator, version))
    }
}

/// Returns what became of a line that writes nothing; `None` if it writes something.
fn settled(checked: &Checked, present: &Present) -> Option<Done> {
    match &checked.effect {
        Effect::Faulty(faults) => Some(refuse(checked, faults.clone())),
        Effect::Unchanged { id, version } => {
            Some(if version.is_none_or(|version| present.has(*id, version)) {
                Done {
                    line: checked.line.number,
                    outcome: Outcome::Unchanged,
                    id: Some(*id),
                    faults: Vec::new(),
                }
            } else {
                refuse(checked, vec![Fault::Changed])
            })
        }
        Effect::Update { id, version, .. } => {
            (!present.has(*id, *version)).then(|| refuse(checked, vec![Fault::Changed]))
        }
        Effect::Create => {
            // The line would now change the operator that has this external id.
            let external_id = checked.line.cell(Column::ExternalId).flatten();
            let is_taken = external_id.is_some_and(|id| present.external_ids.contains(id));
            is_taken.then(|| refuse(checked, vec![Fault::Changed]))
        }
    }
}

fn refuse(checked: &Checked, faults: Vec<Fault>) -> Done {
    let id = match checked.effect {
        Effect::Update { id, .. } | Effect::Unchanged { id, .. } => Some(id),
        _ => None,
    };
    Done {
        line: checked.line.number,
        outcome: Outcome::Refused,
        id,
        faults,
    }
}

/// Returns the row that writes a line. A row with an id is about that operator only.
fn row(checked: &Checked) -> Option<Row> {
    let id = match checked.effect {
        Effect::Update { id, .. } => Some(id),
        _ => None,
    };
    let change = checked.line.change().ok()?;
    Some(Row { id, change })
}

fn became(checked: &Checked, outcome: &operator::Outcome) -> Done {
    let (outcome, id) = match outcome {
        operator::Outcome::Created(one) => (Outcome::Created, one.id),
        operator::Outcome::Unchanged(one) => (Outcome::Unchanged, one.id),
        operator::Outcome::Updated(one) => {
            let deactivates = matches!(
                checked.effect,
                Effect::Update {
                    deactivates: true,
                    ..
                }
            );
            let outcome = if deactivates {
                Outcome::Deactivated
            } else {
                Outcome::Updated
            };
            (outcome, one.id)
        }
    };
    Done {
        line: checked.line.number,
        outcome,
        id: Some(id),
        faults: Vec::new(),
    }
}
