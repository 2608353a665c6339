//! Synchronizes operators with the list of the chat platform: missing operators are added,
//! differing ones are changed.

mod plan;

use std::collections::HashSet;
use std::ops::Range;

use self::plan::{Effect, Party, Place, Plan, Present, plan};
use super::{Change, ManageError, Operator, manage, store};
use crate::audit::Origin;
use crate::base::{OperatorId, OrganizationId, Timestamp, caseless};
use crate::db::{Conn, Db, Error, Records, allocate, serialize_within};
use crate::feed::Entry;

/// The largest number of rows in one call.
pub(super) const LIMIT: usize = 1_000;

/// The largest number of rows of a short transaction. A longer list yields to other callers
/// (`Db::for_long`).
pub(super) const SHORT: usize = 16;

/// One operator of the list: found by id, or by the external id it had before the list; otherwise
/// it is added.
#[derive(Debug, Clone, Default)]
pub struct Row {
    /// Its id; `None` if the caller does not know it.
    pub id: Option<OperatorId>,
    /// The values it should have.
    pub change: Change,
}

/// The result of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The operator was added.
    Created(Operator),
    /// The operator was changed.
    Updated(Operator),
    /// The operator already had these values.
    Unchanged(Operator),
}

/// Why nothing was synchronized.
#[derive(Debug)]
pub enum SynchronizeError {
    /// A row is invalid, so no row is written.
    Row {
        /// The index of the row, from 0.
        index: usize,
        /// Why it is invalid.
        fault: ManageError,
    },
    /// A database call failed.
    Database(Error),
}

impl From<Error> for SynchronizeError {
    fn from(error: Error) -> Self {
        Self::Database(error)
    }
}

/// Applies the list, in the caller's transaction: all rows or none. Only the end state must be
/// valid, so two operators may exchange their external ids or emails. Returns the result of each
/// row, in order, with the operator as it is at the end, and the entries written. `gives_way` is
/// called before each operator is written; if it returns true, this fails with [`Error::Busy`].
///
/// # Errors
/// Returns the [`SynchronizeError`].
pub fn synchronize(
    conn: &mut Conn,
    organization: OrganizationId,
    rows: Vec<Row>,
    origin: &Origin,
    now: Timestamp,
    mut ids: Ids,
    gives_way: &dyn Fn() -> bool,
) -> Result<(Vec<Outcome>, Vec<Entry>), SynchronizeError> {
    serialize_within(conn, Records::Operators, organization)?;
    let present = Present::load(conn, organization, &rows)?;
    let Plan { parties, places } = plan(organization, present, rows, now)?;
    release(conn, &parties)?;
    let (mut written, mut entries) = (vec![None; parties.len()], Vec::new());
    for number in in_order(&parties) {
        let Some(party) = parties.get(number) else {
            continue;
        };
        if gives_way() {
            return Err(Error::Busy.into());
        }
        let (operator, more) =
            write(conn, party, origin, now, &mut ids).map_err(|fault| match fault {
                ManageError::Database(why) => SynchronizeError::Database(why),
                fault => SynchronizeError::Row {
                    index: party.last,
                    fault,
                },
            })?;
        entries.extend(more);
        if let Some(place) = written.get_mut(number) {
            *place = Some(operator);
        }
    }
    let outcome = |place: Place| {
        let operator = written.get(place.party).cloned().flatten()?;
        Some(match place.effect {
            Effect::Created => Outcome::Created(operator),
            Effect::Updated => Outcome::Updated(operator),
            Effect::Unchanged => Outcome::Unchanged(operator),
        })
    };
    Ok((places.into_iter().filter_map(outcome).collect(), entries))
}

/// The ids of operators to be added.
#[derive(Debug)]
pub enum Ids {
    /// Allocated when they are needed.
    Drawn,
    /// Allocated before.
    Held(Range<i64>),
}

impl Ids {
    /// Allocates ids for the operators that the list adds, in a separate transaction. On
    /// PostgreSQL, a transaction that has allocated an id blocks all others that add an operator
    /// until it ends, and a long list takes long.
    ///
    /// # Errors
    /// Returns an error if the database call fails.
    pub fn draw(
        db: &Db,
        organization: OrganizationId,
        rows: &[Row],
        now: Timestamp,
    ) -> Result<Self, Error> {
        if !db.is_postgres() {
            return Ok(Self::Drawn);
        }
        let present = db.read_blocking(|conn| Present::load(conn, organization, rows))?;
        // An invalid list is planned again within the transaction, and is refused there.
        let added = plan(organization, present, rows.to_vec(), now).map_or(0, |plan| plan.added());
        if added == 0 {
            return Ok(Self::Held(0..0));
        }
        let first = db.write_blocking(|conn| allocate(conn, "operators", added))?;
        Ok(Self::Held(first..first + added))
    }

    fn next(&mut self, conn: &mut Conn) -> Result<OperatorId, Error> {
        match self {
            Self::Drawn => allocate(conn, "operators", 1).map(OperatorId),
            // An operator of the list was deleted in the meantime: the next attempt allocates an id
            // for it.
            Self::Held(ids) => ids.next().map(OperatorId).ok_or(Error::Busy),
        }
    }
}

/// Returns the order of writing: by the last row of each operator, so that of two that want the
/// same name the later row gets the error.
fn in_order(parties: &[Party]) -> Vec<usize> {
    let mut order: Vec<_> = parties.iter().map(|party| party.last).enumerate().collect();
    order.sort_by_key(|(_, last)| *last);
    order.into_iter().map(|(number, _)| number).collect()
}

/// Releases the names that other rows of the list take over.
fn release(conn: &mut Conn, parties: &[Party]) -> Result<(), Error> {
    let after = || parties.iter().map(|party| &party.after.profile);
    let external_ids: HashSet<_> = after()
        .filter_map(|profile| profile.external_id.clone())
        .collect();
    let emails: HashSet<_> = after()
        .filter_map(|profile| profile.email.as_deref().map(caseless::key))
        .collect();
    for party in parties {
        let Some(before) = &party.before else {
            continue;
        };
        let (old, new) = (&before.profile, &party.after.profile);
        let given_up = old
            .external_id
            .as_ref()
            .filter(|_| old.external_id != new.external_id);
        if given_up.is_some_and(|id| external_ids.contains(id)) {
            store::release_external_id(conn, before)?;
        }
        let given_up = old.email.as_deref().filter(|_| old.email != new.email);
        if given_up.is_some_and(|email| emails.contains(&caseless::key(email))) {
            store::release_email(conn, before)?;
        }
    }
    Ok(())
}

fn write(
    conn: &mut Conn,
    party: &Party,
    origin: &Origin,
    now: Timestamp,
    ids: &mut Ids,
) -> Result<(Operator, Vec<Entry>), ManageError> {
    let after = party.after.clone();
    if let Some(before) = &party.before {
        return manage::replace(conn, before, after, origin, now);
    }
    let Operator {
        organization,
        profile,
        status,
        ..
    } = after;
    let id = ids.next(conn)?;
    let added = manage::add_as(conn, (organization, id), profile, status, origin, now)?;
    Ok((added, Vec::new()))
}
