//! Synchronizes operators with the list of the chat platform: missing operators are added,
//! differing ones are changed.

mod plan;

use std::collections::HashSet;
use std::ops::Range;

use self::plan::{Effect, Party, Place, Plan, Present, plan};
use super::write::{Write, WriteError, write};
use super::{Change, ManageError, Operator, store};
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
/// called before each batch of rows is written; if it returns true, this fails with
/// [`Error::Busy`].
///
/// # Errors
/// Returns the [`SynchronizeError`].
pub fn synchronize(
    conn: &mut Conn,
    organization: OrganizationId,
    rows: Vec<Row>,
    origin: &Origin,
    now: Timestamp,
    ids: Ids,
    gives_way: &dyn Fn() -> bool,
) -> Result<(Vec<Outcome>, Vec<Entry>), SynchronizeError> {
    serialize_within(conn, Records::Operators, organization)?;
    let present = Present::load(conn, organization, &rows)?;
    let plan = plan(organization, present, rows, now)?;
    let mut ids = ids.take(conn, plan.added())?;
    let Plan {
        mut parties,
        places,
    } = plan;
    release(conn, organization, &parties)?;
    let mut changed: Vec<_> = parties
        .iter_mut()
        .filter(|party| party.before.as_ref() != Some(&party.after))
        .collect();
    // Of two that want the same name, the later row gets the error.
    changed.sort_by_key(|party| party.last);
    for party in changed.iter_mut().filter(|party| party.before.is_none()) {
        party.after.id = ids.next().map(OperatorId).ok_or(Error::Busy)?;
    }
    for party in &mut changed {
        let before = party.before.as_ref();
        party.after.version = before.map_or(now, |before| before.next_version(now));
    }
    let writes: Vec<_> = changed
        .iter()
        .map(|party| Write {
            before: party.before.as_ref(),
            after: &party.after,
            spared: None,
        })
        .collect();
    let entries =
        write(conn, organization, &writes, origin, now, gives_way).map_err(
            |error| match error {
                WriteError::Database(error) => SynchronizeError::Database(error),
                WriteError::Guarded { number } => SynchronizeError::Row {
                    index: changed.get(number).map_or(0, |party| party.last),
                    fault: ManageError::Guarded,
                },
                WriteError::Taken { number, fault } => SynchronizeError::Row {
                    index: changed.get(number).map_or(0, |party| party.last),
                    fault,
                },
            },
        )?;
    let outcome = |place: Place| {
        let operator = parties.get(place.party)?.after.clone();
        Some(match place.effect {
            Effect::Created => Outcome::Created(operator),
            Effect::Updated => Outcome::Updated(operator),
            Effect::Unchanged => Outcome::Unchanged(operator),
        })
    };
    Ok((places.into_iter().filter_map(outcome).collect(), entries))
}

/// The ids of operators to be added.
#[derive(Debug, Clone)]
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
        Self::for_new(db, added)
    }

    /// Allocates so many ids, like [`Ids::draw`].
    ///
    /// # Errors
    /// Returns an error if the database call fails.
    pub fn for_new(db: &Db, added: i64) -> Result<Self, Error> {
        if !db.is_postgres() || added == 0 {
            return Ok(Self::Drawn);
        }
        let first = db.write_blocking(|conn| allocate(conn, "operators", added))?;
        Ok(Self::Held(first..first + added))
    }

    /// Returns so many ids, in order.
    fn take(self, conn: &mut Conn, count: i64) -> Result<Range<i64>, Error> {
        match self {
            Self::Held(ids) if ids.end - ids.start >= count => Ok(ids),
            // An operator of the list was deleted in the meantime: the next attempt allocates an id
            // for it.
            Self::Held(_) => Err(Error::Busy),
            Self::Drawn if count == 0 => Ok(0..0),
            Self::Drawn => {
                let first = allocate(conn, "operators", count)?;
                Ok(first..first + count)
            }
        }
    }
}

/// Releases the names that other rows of the list take over.
fn release(conn: &mut Conn, organization: OrganizationId, parties: &[Party]) -> Result<(), Error> {
    let after = || parties.iter().map(|party| &party.after.profile);
    let taken_ids: HashSet<_> = after()
        .filter_map(|profile| profile.external_id.as_ref())
        .collect();
    let taken_emails: HashSet<_> = after()
        .filter_map(|profile| profile.email.as_deref().map(caseless::key))
        .collect();
    let taken_usernames: HashSet<_> = after()
        .filter_map(|profile| profile.username.as_deref().map(caseless::key))
        .collect();
    let (mut external_ids, mut emails, mut usernames) = (Vec::new(), Vec::new(), Vec::new());
    for party in parties {
        let Some(before) = &party.before else {
            continue;
        };
        let (old, new) = (&before.profile, &party.after.profile);
        let given_up = old
            .external_id
            .as_ref()
            .filter(|_| old.external_id != new.external_id);
        if given_up.is_some_and(|id| taken_ids.contains(id)) {
            external_ids.push(before.id);
        }
        let given_up = old.email.as_deref().filter(|_| old.email != new.email);
        if given_up.is_some_and(|email| taken_emails.contains(&caseless::key(email))) {
            emails.push(before.id);
        }
        let given_up = old.username.as_deref();
        let given_up = given_up.filter(|_| old.username != new.username);
        if given_up.is_some_and(|name| taken_usernames.contains(&caseless::key(name))) {
            usernames.push(before.id);
        }
    }
    store::release_external_ids(conn, organization, &external_ids)?;
    store::release_emails(conn, organization, &emails)?;
    store::release_usernames(conn, organization, &usernames)
}
