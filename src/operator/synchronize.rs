//! Synchronizing: the chat platform hands over its list, and what is not here is added, what differs is changed.

mod plan;

use std::collections::HashSet;
use std::ops::Range;

use self::plan::{Effect, Party, Place, Plan, Present, plan};
use super::{Change, ManageError, Operator, manage, store};
use crate::audit::Origin;
use crate::base::{OperatorId, OrganizationId, Timestamp, caseless};
use crate::db::{Conn, Db, Error, Records, allocate, take_turns_within};
use crate::feed::Entry;

/// Most rows in one call.
pub(super) const LIMIT: usize = 1_000;

/// Most rows that keep nobody waiting who comes after them: a longer list gives way to others (`Db::for_long`).
pub(super) const SHORT: usize = 16;

/// One operator of the list: found by id, or by the external id it has before the list, or else added.
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
pub enum SynchronizeError {
    /// One row cannot be taken, so none is.
    Row {
        /// Which, from 0.
        index: usize,
        /// Why.
        fault: ManageError,
    },
    /// The database.
    Database(Error),
}

impl From<Error> for SynchronizeError {
    fn from(error: Error) -> Self {
        Self::Database(error)
    }
}

/// Takes in the list, in the caller's transaction: all rows or none, judged by the end state, so that two operators may exchange
/// their external ids or addresses. Returns each row's outcome, in order, with the operator as it is at the end, and the entries
/// written. It ends with [`Error::Busy`] when `gives_way` says so, which is called before each operator is written.
///
/// # Errors
/// The [`SynchronizeError`].
pub fn synchronize(
    conn: &mut Conn,
    organization: OrganizationId,
    rows: Vec<Row>,
    origin: &Origin,
    now: Timestamp,
    mut ids: Ids,
    gives_way: &dyn Fn() -> bool,
) -> Result<(Vec<Outcome>, Vec<Entry>), SynchronizeError> {
    take_turns_within(conn, Records::Operators, organization)?;
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

/// Ids for operators to be added.
#[derive(Debug)]
pub enum Ids {
    /// Drawn when they are needed.
    Drawn,
    /// Drawn beforehand.
    Held(Range<i64>),
}

impl Ids {
    /// Draws ids for the operators that the list adds, in a transaction of its own: on PostgreSQL whoever has drawn one keeps all
    /// others that add an operator waiting until its transaction ends, and a long list is no short one.
    ///
    /// # Errors
    /// Those of the database.
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
        // A list that is refused now is planned again within the transaction, and is refused there.
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
            // One was deleted since: the next attempt draws an id for it.
            Self::Held(ids) => ids.next().map(OperatorId).ok_or(Error::Busy),
        }
    }
}

/// The order of writing: by the last row that concerns an operator, so that of two that want the same name the later one is told.
fn in_order(parties: &[Party]) -> Vec<usize> {
    let mut order: Vec<_> = parties.iter().map(|party| party.last).enumerate().collect();
    order.sort_by_key(|(_, last)| *last);
    order.into_iter().map(|(number, _)| number).collect()
}

/// Gives the names free that other rows of the list take over.
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
