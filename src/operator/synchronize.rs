//! Synchronizing: the chat platform hands over its list, and what is not here is added, what differs is changed.

use std::collections::HashSet;
use std::ops::Range;

use super::{Change, ManageFault, Operator, OperatorStatus, Profile, manage, store};
use crate::audit::Origin;
use crate::base::{OperatorId, OrganizationId, Timestamp};
use crate::company::is_name;
use crate::db::{Conn, Db, Error, Records, allocate, take_turns_within};
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
    mut ids: Ids,
    gives_way: &dyn Fn() -> bool,
) -> Result<(Vec<Outcome>, Vec<Entry>), SynchronizeFault> {
    take_turns_within(conn, Records::Operators, organization)?;
    let mut outcomes = Vec::with_capacity(rows.len());
    let mut entries = Vec::new();
    for (index, row) in rows.into_iter().enumerate() {
        if gives_way() {
            return Err(Error::Busy.into());
        }
        let (outcome, written) =
            take(conn, organization, row, origin, now, &mut ids).map_err(|fault| match fault {
                ManageFault::Database(why) => SynchronizeFault::Database(why),
                fault => SynchronizeFault::Row { index, fault },
            })?;
        outcomes.push(outcome);
        entries.extend(written);
    }
    Ok((outcomes, entries))
}

/// Ids for operators to be added.
#[derive(Debug)]
pub enum Ids {
    /// Drawn when they are needed.
    Drawn,
    /// Drawn beforehand.
    Held(Range<i64>),
}

impl Ids {
    /// Draws ids for the rows that are of nobody there is, in a transaction of its own: on PostgreSQL whoever has drawn one keeps all
    /// others that add an operator waiting until its transaction ends, and a long list is no short one.
    ///
    /// # Errors
    /// Those of the database.
    pub fn draw(db: &Db, organization: OrganizationId, rows: &[Row]) -> Result<Self, Error> {
        if !db.is_postgres() {
            return Ok(Self::Drawn);
        }
        let missing = db.read_blocking(|conn| missing(conn, organization, rows))?;
        if missing == 0 {
            return Ok(Self::Held(0..0));
        }
        let first = db.write_blocking(|conn| allocate(conn, "operators", missing))?;
        Ok(Self::Held(first..first + missing))
    }

    fn next(&mut self, conn: &mut Conn) -> Result<OperatorId, Error> {
        match self {
            Self::Drawn => allocate(conn, "operators", 1).map(OperatorId),
            // One was deleted since: the next attempt draws an id for it.
            Self::Held(ids) => ids.next().map(OperatorId).ok_or(Error::Busy),
        }
    }
}

/// How many operators the list adds to those there are now.
fn missing(conn: &mut Conn, organization: OrganizationId, rows: &[Row]) -> Result<i64, Error> {
    let mut nameless = 0;
    let mut external_ids = HashSet::new();
    for row in rows.iter().filter(|row| row.id.is_none()) {
        match &row.change.external_id {
            // What can be nobody's is refused later on.
            Some(Some(external_id)) if is_name(external_id) => {
                external_ids.insert(&**external_id);
            }
            _ => nameless += 1,
        }
    }
    let external_ids: Vec<_> = external_ids.into_iter().collect();
    let present = store::count_by_external_id(conn, organization, &external_ids)?;
    Ok(nameless + i64::try_from(external_ids.len()).unwrap_or_default() - present)
}

fn take(
    conn: &mut Conn,
    organization: OrganizationId,
    row: Row,
    origin: &Origin,
    now: Timestamp,
    ids: &mut Ids,
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
        let id = ids.next(conn)?;
        let operator = manage::add_as(conn, (organization, id), profile, status, origin, now)?;
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
