//! Managing operators: add, read, list, change, delete.
//!
//! The law: whatever leaves `active` revokes, in the same transaction; what comes back to it revives nothing.

use std::fmt;

use super::{Change, Filter, Operator, OperatorStatus, Profile, ProfileError, store};
use crate::audit::{self, Action, Event, Origin};
use crate::base::{OperatorId, OrganizationId, Timestamp};
use crate::company::is_text;
use crate::db::{Conn, Error, Records, allocate, take_turns_within};
use crate::feed::{self, Entry, Fact, Needed, Record};
use crate::outbox;
use crate::revocation::{self, Target};

/// Why an operator could not be managed.
#[derive(Debug)]
pub enum ManageError {
    /// A member does not fit.
    Profile(ProfileError),
    /// There is no such operator in this organization.
    Unknown,
    /// It is deleted, which is for good.
    Deleted,
    /// Another operator of the organization has this external id.
    ExternalIdTaken,
    /// Another operator of the organization has this address.
    EmailTaken,
    /// There is no such organization.
    UnknownOrganization,
    /// The database.
    Database(Error),
}

impl From<Error> for ManageError {
    fn from(error: Error) -> Self {
        match error {
            // SQLite lists the columns of the index, PostgreSQL names it.
            Error::Duplicate { constraint } if constraint.contains("external_id") => {
                Self::ExternalIdTaken
            }
            Error::Duplicate { constraint } if constraint.contains("email") => Self::EmailTaken,
            other => Self::Database(other),
        }
    }
}

impl fmt::Display for ManageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Profile(fault) => f.write_str(fault.text()),
            Self::Unknown => f.write_str("there is no operator with this id in this organization"),
            Self::Deleted => f.write_str("the operator is deleted, which is for good; add it anew"),
            Self::ExternalIdTaken => {
                f.write_str("another operator of the organization has this externalId")
            }
            Self::EmailTaken => f.write_str("another operator of the organization has this email"),
            Self::UnknownOrganization => f.write_str("there is no organization with this id"),
            Self::Database(why) => why.fmt(f),
        }
    }
}

impl std::error::Error for ManageError {}

/// Adds an operator, in the caller's transaction.
///
/// # Errors
/// The [`ManageError`].
pub fn add(
    conn: &mut Conn,
    organization: OrganizationId,
    profile: Profile,
    status: OperatorStatus,
    origin: &Origin,
    now: Timestamp,
) -> Result<Operator, ManageError> {
    profile.check().map_err(ManageError::Profile)?;
    let id = OperatorId(allocate(conn, "operators", 1)?);
    add_as(conn, (organization, id), profile, status, origin, now)
}

/// As [`add`], under an id that was drawn beforehand.
pub(super) fn add_as(
    conn: &mut Conn,
    (organization, id): (OrganizationId, OperatorId),
    profile: Profile,
    status: OperatorStatus,
    origin: &Origin,
    now: Timestamp,
) -> Result<Operator, ManageError> {
    profile.check().map_err(ManageError::Profile)?;
    let operator = Operator {
        organization,
        id,
        profile,
        status,
        created_at: now.whole_second(),
    };
    store::insert(conn, &operator, now)?;
    audit::record(
        conn,
        &event(origin, Action::OperatorCreated, &operator, now),
    )?;
    Ok(operator)
}

/// An operator of the organization, deleted ones too.
///
/// # Errors
/// The [`ManageError`].
pub fn get(
    conn: &mut Conn,
    organization: OrganizationId,
    id: OperatorId,
) -> Result<Operator, ManageError> {
    store::find(conn, organization, id)?.ok_or(ManageError::Unknown)
}

/// Operators by id.
///
/// # Errors
/// Those of the database.
pub fn list(conn: &mut Conn, filter: &Filter) -> crate::db::Result<Vec<Operator>> {
    // What can be nobody's is not looked for: PostgreSQL would not take every text.
    if filter.external_id.as_deref().is_some_and(|id| !is_text(id)) {
        return Ok(Vec::new());
    }
    store::page(conn, filter)
}

/// Changes an operator, in the caller's transaction; the operator afterwards and the entries written.
///
/// # Errors
/// The [`ManageError`].
pub fn change(
    conn: &mut Conn,
    organization: OrganizationId,
    id: OperatorId,
    change: Change,
    origin: &Origin,
    now: Timestamp,
) -> Result<(Operator, Vec<Entry>), ManageError> {
    take_turns_within(conn, Records::Operators, organization)?;
    let before = get(conn, organization, id)?;
    if before.status == OperatorStatus::Deleted {
        return Err(ManageError::Deleted);
    }
    let after = change.apply(before.clone());
    replace(conn, &before, after, origin, now)
}

/// Puts `after` in the place of `before`, with what the change of state brings with it.
pub(super) fn replace(
    conn: &mut Conn,
    before: &Operator,
    after: Operator,
    origin: &Origin,
    now: Timestamp,
) -> Result<(Operator, Vec<Entry>), ManageError> {
    if after == *before {
        return Ok((after, Vec::new()));
    }
    after
        .profile
        .check_change(&before.profile)
        .map_err(ManageError::Profile)?;
    store::update(conn, before, &after, now)?;
    if after.profile != before.profile {
        audit::record(conn, &event(origin, Action::OperatorUpdated, &after, now))?;
    }
    let mut entries = Vec::new();
    if after.status != before.status {
        let action = match after.status {
            OperatorStatus::Active => Action::OperatorActivated,
            OperatorStatus::Inactive => Action::OperatorDeactivated,
            OperatorStatus::Deleted => Action::OperatorDeleted,
        };
        let (organization, deed) = (after.organization, event(origin, action, &after, now));
        entries.push(if after.status == OperatorStatus::Active {
            audit::record(conn, &deed)?;
            let fact = Fact::Changed(Record::Operator(after.id));
            feed::append(conn, organization, fact, now, Needed::in_passing(now))?
        } else {
            let event = outbox::Event::OperatorDeactivated {
                operator_id: after.id,
                status: after.status.as_str(),
            };
            outbox::emit(conn, organization, &event, now)?;
            revocation::write(conn, organization, Target::Operator(after.id), now, deed)?
        });
    }
    Ok((after, entries))
}

/// Deletes an operator, in the caller's transaction. Deleting it again changes nothing.
///
/// # Errors
/// The [`ManageError`].
pub fn delete(
    conn: &mut Conn,
    organization: OrganizationId,
    id: OperatorId,
    origin: &Origin,
    now: Timestamp,
) -> Result<Vec<Entry>, ManageError> {
    take_turns_within(conn, Records::Operators, organization)?;
    let before = get(conn, organization, id)?;
    let after = Operator {
        status: OperatorStatus::Deleted,
        ..before.clone()
    };
    replace(conn, &before, after, origin, now).map(|(_, entries)| entries)
}

fn event(origin: &Origin, action: Action, operator: &Operator, now: Timestamp) -> Event {
    Event::of(origin, action, now, operator.organization)
        .target(format!("operator:{}", operator.id))
}
