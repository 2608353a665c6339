//! Synchronizing: the chat platform hands over its list, and what is not here is added, what differs is changed.

use super::{Change, ManageFault, Operator, OperatorStatus, Profile, manage, store};
use crate::audit::Origin;
use crate::base::{OperatorId, OrganizationId, Timestamp};
use crate::company::is_name;
use crate::db::{Conn, Error, Records, take_turns, take_turns_within};
use crate::feed::Entry;

/// Most rows in one call.
pub(super) const LIMIT: usize = 1_000;

/// Most rows that keep nobody waiting who comes after them: a longer list gives way to others (`Db::for_long`).
pub(super) const SHORT: usize = 16;

/// One operator of the list: found by id, or by external id, or else added.
#[derive(Debug, Clone, Default)]
pub struct Row {
    /// Its id, when the caller knows it.
    pub id: Option<OperatorId>,
    /// What it is to be.
    pub change: Change,
}

/// What happened to a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It was added.
    Created(Operator),
    /// It was changed.
    Updated(Operator),
    /// It was so already.
    Unchanged(Operator),
}

/// Why nothing was synchronized.
#[derive(Debug)]
pub enum SynchronizeFault {
    /// One row cannot be taken, so none is.
    Row {
        /// Which, from 0.
        index: usize,
        /// Why.
        fault: ManageFault,
    },
    /// The database.
    Database(Error),
}

impl From<Error> for SynchronizeFault {
    fn from(error: Error) -> Self {
        Self::Database(error)
    }
}

/// Takes in the list, in the caller's transaction: all rows or none. Each row's outcome, in order, and the entries
/// written. It is broken off with [`Error::Busy`] when `gives_way` says so, which is asked before each row.
///
/// # Errors
/// The [`SynchronizeFault`].
pub fn synchronize(
    conn: &mut Conn,
    organization: OrganizationId,
    rows: Vec<Row>,
    origin: &Origin,
    now: Timestamp,
    gives_way: &dyn Fn() -> bool,
) -> Result<(Vec<Outcome>, Vec<Entry>), SynchronizeFault> {
    take_turns_within(conn, Records::Operators, organization)?;
    if adds(conn, organization, &rows)? {
        // Before any entry of the feed: whoever adds an operator and whoever writes to the feed must not wait for each other.
        take_turns(conn, "operators")?;
    }
    let mut outcomes = Vec::with_capacity(rows.len());
    let mut entries = Vec::new();
    for (index, row) in rows.into_iter().enumerate() {
        if gives_way() {
            return Err(Error::Busy.into());
        }
        let (outcome, written) =
            take(conn, organization, row, origin, now).map_err(|fault| match fault {
                ManageFault::Database(why) => SynchronizeFault::Database(why),
                fault => SynchronizeFault::Row { index, fault },
            })?;
        outcomes.push(outcome);
        entries.extend(written);
    }
    Ok((outcomes, entries))
}

/// Whether a row is of nobody there is.
fn adds(conn: &mut Conn, organization: OrganizationId, rows: &[Row]) -> Result<bool, Error> {
    let mut external_ids = Vec::new();
    for row in rows.iter().filter(|row| row.id.is_none()) {
        match &row.change.external_id {
            Some(Some(external_id)) if is_name(external_id) => external_ids.push(&**external_id),
            _ => return Ok(true),
        }
    }
    external_ids.sort_unstable();
    external_ids.dedup();
    Ok(store::count_by_external_id(conn, organization, &external_ids)? < external_ids.len())
}

fn take(
    conn: &mut Conn,
    organization: OrganizationId,
    row: Row,
    origin: &Origin,
    now: Timestamp,
) -> Result<(Outcome, Vec<Entry>), ManageFault> {
    let found = match (row.id, &row.change.external_id) {
        (Some(id), _) => Some(manage::get(conn, organization, id)?),
        // What can be nobody's is not looked for: PostgreSQL would not take every text.
        (None, Some(Some(external_id))) if is_name(external_id) => {
            store::by_external_id(conn, organization, external_id)?
        }
        (None, _) => None,
    };
    let Some(before) = found else {
        let Change {
            name,
            external_id,
            email,
            role,
            active,
        } = row.change;
        let profile = Profile {
            name: name.unwrap_or_default(),
            external_id: external_id.flatten(),
            email: email.flatten(),
            role: role.flatten(),
        };
        let status = if active == Some(false) {
            OperatorStatus::Inactive
        } else {
            OperatorStatus::Active
        };
        let operator = manage::add(conn, organization, profile, status, origin, now)?;
        return Ok((Outcome::Created(operator), Vec::new()));
    };
    if before.status == OperatorStatus::Deleted {
        return Err(ManageFault::Deleted);
    }
    let after = row.change.apply(before.clone());
    if after == before {
        return Ok((Outcome::Unchanged(before), Vec::new()));
    }
    let (operator, entries) = manage::replace(conn, &before, after, origin, now)?;
    Ok((Outcome::Updated(operator), entries))
}
