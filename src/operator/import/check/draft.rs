//! One line of a table, read without regard to the others.

use std::collections::HashMap;

use super::super::{Column, Fault, Line};
use crate::base::OperatorId;
use crate::operator::{Change, Operator, OperatorStatus, Profile};

/// A line on its way through the check.
pub(super) struct Draft<'a> {
    /// The operator that it is about. `None` if it adds one.
    pub(super) before: Option<&'a Operator>,
    /// The data of the operator afterwards.
    pub(super) after: Profile,
    /// Whether the operator is active afterwards. `None` if the line leaves this as it is.
    pub(super) active: Option<bool>,
    /// What is wrong with the line, as far as the check has come.
    pub(super) faults: Vec<Fault>,
}

impl Draft<'_> {
    /// Returns the value that the line gives to a member of the profile. `None` if the operator already
    /// had it.
    pub(super) fn sets(&self, member: impl Fn(&Profile) -> &Option<String>) -> Option<&str> {
        let now = member(&self.after);
        let is_set = self
            .before
            .is_none_or(|before| member(&before.profile) != now);
        (*now).as_deref().filter(|_| is_set)
    }
}

/// Reads one line, without regard to the others.
pub(super) fn draft<'a>(
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
        Change::default()
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
