//! Computes the end state that a list describes, as a pure function. The order of rows of different
//! operators does not matter.
//!
//! A row with an `id` applies to that operator. A row with only an `externalId` applies to the
//! operator that has it before the list and keeps it, otherwise to a new one. Rows of the same
//! operator are applied in their order.

use std::collections::{HashMap, HashSet};

use super::super::{Change, ManageError, Operator, OperatorStatus, Profile, store};
use super::{Row, SynchronizeError};
use crate::base::name::is_text;
use crate::base::{OperatorId, OrganizationId, Timestamp};
use crate::db::{Conn, Error};

/// The operators that a list may change, as they are before it.
#[derive(Debug, Clone, Default)]
pub(super) struct Present(pub(super) Vec<Operator>);

impl Present {
    /// Reads them, in two statements for a list of any length.
    ///
    /// # Errors
    /// Returns an error if the database call fails.
    pub(super) fn load(
        conn: &mut Conn,
        organization: OrganizationId,
        rows: &[Row],
    ) -> Result<Self, Error> {
        let ids: Vec<_> = rows.iter().filter_map(|row| row.id).collect();
        let external_ids: Vec<_> = rows
            .iter()
            .filter_map(|row| row.change.external_id.as_ref()?.as_deref())
            // No operator can have such an external id, and PostgreSQL does not accept every text.
            .filter(|id| is_text(id))
            .collect();
        let mut found = store::among(conn, organization, &ids)?;
        let known: HashSet<_> = found.iter().map(|operator| operator.id).collect();
        let others = store::by_external_ids(conn, organization, &external_ids)?;
        found.extend(
            others
                .into_iter()
                .filter(|other| !known.contains(&other.id)),
        );
        Ok(Self(found))
    }
}

/// An operator that the list changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Party {
    /// The operator before; `None` if it is new.
    pub(super) before: Option<Operator>,
    /// The operator after. The id of a new one is not allocated yet.
    pub(super) after: Operator,
    /// The last row that applies to it.
    pub(super) last: usize,
}

/// The effect of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    Created,
    Updated,
    Unchanged,
}

/// The operator that a row applies to, and the row's effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) party: usize,
    pub(super) effect: Effect,
}

/// What has to be written.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) parties: Vec<Party>,
    /// One for each row.
    pub(super) places: Vec<Place>,
}

impl Plan {
    /// Returns the number of new operators.
    pub(super) fn added(&self) -> i64 {
        let new = self.parties.iter().filter(|party| party.before.is_none());
        i64::try_from(new.count()).unwrap_or(i64::MAX)
    }
}

/// Computes the end state. Two operators with the same name at the end are detected by the
/// database, which also has the operators outside of the list.
///
/// # Errors
/// Returns the first invalid row with an `id`, otherwise the first invalid row of the others.
pub(super) fn plan(
    organization: OrganizationId,
    present: Present,
    rows: Vec<Row>,
    now: Timestamp,
) -> Result<Plan, SynchronizeError> {
    let mut list = List {
        parties: Vec::new(),
        places: vec![None; rows.len()],
        known: HashMap::new(),
    };
    let present: HashMap<OperatorId, Operator> = present
        .0
        .into_iter()
        .map(|operator| (operator.id, operator))
        .collect();
    let (named, others): (Vec<_>, Vec<_>) = rows
        .into_iter()
        .enumerate()
        .partition(|(_, row)| row.id.is_some());
    for (index, row) in named {
        let operator = row.id.and_then(|id| present.get(&id));
        list.existing(operator, index, row.change)?;
    }
    let mut holders = list.holders(&present);
    for (index, row) in others {
        let external_id = row.change.external_id.clone().flatten();
        match external_id.and_then(|id| holders.get(&id).copied().map(|who| (id, who))) {
            Some((_, Holder::Present(id))) => {
                list.existing(present.get(&id), index, row.change)?;
            }
            Some((_, Holder::New(party))) => list.apply(party, index, row.change)?,
            None => {
                let external_id = row.change.external_id.clone().flatten();
                let party = list.added(organization, index, row.change, now)?;
                if let Some(id) = external_id {
                    holders.insert(id, Holder::New(party));
                }
            }
        }
    }
    Ok(Plan {
        parties: list.parties,
        places: list.places.into_iter().flatten().collect(),
    })
}

/// The operator that a row with that external id applies to.
#[derive(Clone, Copy)]
enum Holder {
    Present(OperatorId),
    New(usize),
}

struct List {
    parties: Vec<Party>,
    places: Vec<Option<Place>>,
    known: HashMap<OperatorId, usize>,
}

impl List {
    /// Returns who has each external id before the list and also after its rows with an `id`.
    fn holders(&self, present: &HashMap<OperatorId, Operator>) -> HashMap<String, Holder> {
        let stays = |operator: &&Operator| {
            let party = self
                .known
                .get(&operator.id)
                .and_then(|party| self.parties.get(*party));
            operator.status != OperatorStatus::Deleted
                && party.is_none_or(|party| {
                    party.after.profile.external_id == operator.profile.external_id
                })
        };
        present
            .values()
            .filter(stays)
            .filter_map(|operator| {
                let id = operator.profile.external_id.clone()?;
                Some((id, Holder::Present(operator.id)))
            })
            .collect()
    }

    /// Applies a row to an existing operator.
    fn existing(
        &mut self,
        operator: Option<&Operator>,
        index: usize,
        change: Change,
    ) -> Result<(), SynchronizeError> {
        let refused = |fault| SynchronizeError::Row { index, fault };
        let operator = operator.ok_or_else(|| refused(ManageError::Unknown))?;
        if operator.status == OperatorStatus::Deleted {
            return Err(refused(ManageError::Deleted));
        }
        let parties = &mut self.parties;
        let party = *self.known.entry(operator.id).or_insert_with(|| {
            parties.push(Party {
                before: Some(operator.clone()),
                after: operator.clone(),
                last: index,
            });
            parties.len() - 1
        });
        self.apply(party, index, change)
    }

    /// Applies a row to an operator that the list already changes.
    fn apply(
        &mut self,
        number: usize,
        index: usize,
        change: Change,
    ) -> Result<(), SynchronizeError> {
        let (Some(party), Some(place)) = (self.parties.get_mut(number), self.places.get_mut(index))
        else {
            return Ok(());
        };
        let after = change.apply(party.after.clone());
        after
            .profile
            .check_change(&party.after.profile)
            .map_err(|fault| SynchronizeError::Row {
                index,
                fault: ManageError::Profile(fault),
            })?;
        let effect = if after == party.after {
            Effect::Unchanged
        } else {
            Effect::Updated
        };
        party.after = after;
        party.last = party.last.max(index);
        *place = Some(Place {
            party: number,
            effect,
        });
        Ok(())
    }

    /// Applies a row to a new operator.
    fn added(
        &mut self,
        organization: OrganizationId,
        index: usize,
        change: Change,
        now: Timestamp,
    ) -> Result<usize, SynchronizeError> {
        let after = change.apply(Operator {
            organization,
            id: OperatorId(0),
            profile: Profile::default(),
            status: OperatorStatus::Active,
            created_at: now.whole_second(),
            password: None,
            second_factor: false,
            version: now,
        });
        after
            .profile
            .check()
            .map_err(|fault| SynchronizeError::Row {
                index,
                fault: ManageError::Profile(fault),
            })?;
        let party = self.parties.len();
        self.parties.push(Party {
            before: None,
            after,
            last: index,
        });
        if let Some(place) = self.places.get_mut(index) {
            *place = Some(Place {
                party,
                effect: Effect::Created,
            });
        }
        Ok(party)
    }
}

#[cfg(test)]
mod tests;
