//! Managing operators: add, read, list, change, delete.
//!
//! The law: every change from `active` to another status revokes the operator's tokens in the same
//! transaction; a change back to `active` makes no revoked token valid again.

use std::fmt;

use super::write::{Write, write};
use super::{Change, Filter, Operator, OperatorStatus, PasswordHash, Profile, ProfileError, store};
use crate::audit::Origin;
use crate::base::name::is_text;
use crate::base::{OperatorId, OrganizationId, Timestamp, TokenId, caseless};
use crate::db::{Conn, Error, Records, allocate, serialize_within};
use crate::feed::Entry;

/// An operator that is to be added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewOperator {
    /// Its data.
    pub profile: Profile,
    /// The hash of its password. `None` if it gets none.
    pub password: Option<PasswordHash>,
    /// Its status.
    pub status: OperatorStatus,
}

/// Why an operation on an operator failed.
#[derive(Debug)]
pub enum ManageError {
    /// A member of the profile is invalid.
    Profile(ProfileError),
    /// There is no such operator in this organization.
    Unknown,
    /// The operator is deleted, which cannot be undone.
    Deleted,
    /// Another operator of the organization has this external id.
    ExternalIdTaken,
    /// Another operator of the organization has this email.
    EmailTaken,
    /// Another operator of the organization has this username, as username or as email.
    UsernameTaken,
    /// A company token may not do this to an admin or an auditor, because only operators may sign in
    /// to the console.
    Guarded,
    /// The operator was changed since the caller has read it.
    Changed,
    /// There is no such organization.
    UnknownOrganization,
    /// A database call failed.
    Database(Error),
}

impl From<Error> for ManageError {
    fn from(error: Error) -> Self {
        match error {
            // SQLite lists the columns of the index, PostgreSQL names the index.
            Error::Duplicate { constraint } if constraint.contains("external_id") => {
                Self::ExternalIdTaken
            }
            Error::Duplicate { constraint } if constraint.contains("email") => Self::EmailTaken,
            Error::Duplicate { constraint } if constraint.contains("username") => {
                Self::UsernameTaken
            }
            other => Self::Database(other),
        }
    }
}

impl fmt::Display for ManageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Profile(fault) => f.write_str(fault.text()),
            Self::Unknown => f.write_str("there is no operator with this id in this organization"),
            Self::Deleted => {
                f.write_str("the operator is deleted, which cannot be undone; add a new one")
            }
            Self::ExternalIdTaken => {
                f.write_str("another operator of the organization has this externalId")
            }
            Self::EmailTaken => f.write_str("another operator of the organization has this email"),
            Self::UsernameTaken => f.write_str(
                "another operator of the organization has this username, or has it as its email",
            ),
            Self::Guarded => f.write_str(
                "only operators may sign in to the console of this organization: a company token may not add or change one \
                 whose role is admin or auditor, nor its credentials or second factor; the console and the command line may",
            ),
            Self::Changed => f.write_str("the operator was changed meanwhile; read it again"),
            Self::UnknownOrganization => f.write_str("there is no organization with this id"),
            Self::Database(why) => why.fmt(f),
        }
    }
}

impl std::error::Error for ManageError {}

/// Adds an operator, in the caller's transaction.
///
/// # Errors
/// Returns the [`ManageError`].
pub fn add(
    conn: &mut Conn,
    organization: OrganizationId,
    new: NewOperator,
    origin: &Origin,
    now: Timestamp,
) -> Result<Operator, ManageError> {
    let NewOperator {
        profile,
        password,
        status,
    } = new;
    profile.check().map_err(ManageError::Profile)?;
    if profile.username.is_some() || profile.email.is_some() || profile.role.is_some() {
        // No index covers the name space of usernames and emails. A role that it gets is not removed
        // meanwhile.
        serialize_within(conn, Records::Operators, organization)?;
    }
    let id = OperatorId(allocate(conn, "operators", 1)?);
    let operator = Operator {
        organization,
        id,
        profile,
        status,
        created_at: now.whole_second(),
        password,
        second_factor: false,
        version: now,
    };
    let new = Write {
        before: None,
        after: &operator,
        spared: None,
    };
    write(conn, organization, &[new], origin, now, &|| false)?;
    Ok(operator)
}

/// Returns an operator of the organization, deleted ones included.
///
/// # Errors
/// Returns the [`ManageError`].
pub fn get(
    conn: &mut Conn,
    organization: OrganizationId,
    id: OperatorId,
) -> Result<Operator, ManageError> {
    store::find(conn, organization, id)?.ok_or(ManageError::Unknown)
}

/// Returns operators, ordered by id, in the direction in which they are read.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn list(conn: &mut Conn, filter: &Filter) -> crate::db::Result<Vec<Operator>> {
    // No operator can have such an external id, and PostgreSQL does not accept every text.
    if filter.external_id.as_deref().is_some_and(|id| !is_text(id)) {
        return Ok(Vec::new());
    }
    store::page(conn, filter)
}

/// Returns the operators that a person means by a text: an id, an external id, a username or an
/// email. Names are compared without regard to case. Deleted operators are found by their id only.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn look_up(
    conn: &mut Conn,
    organization: OrganizationId,
    text: &str,
) -> crate::db::Result<Vec<Operator>> {
    let text = text.trim();
    if !is_text(text) {
        return Ok(Vec::new());
    }
    let key = [caseless::key(text)];
    let named = store::with_names(conn, organization, &key, &key)?;
    let mut ids: Vec<OperatorId> = named.into_iter().map(|(id, _)| id).collect();
    ids.extend(text.parse::<OperatorId>());
    let mut found = store::among(conn, organization, &ids)?;
    found.extend(store::by_external_ids(conn, organization, &[text])?);
    found.sort_by_key(|operator| operator.id);
    found.dedup_by_key(|operator| operator.id);
    Ok(found)
}

/// Changes an operator like [`change`], if it still has the version that the caller has seen.
///
/// # Errors
/// Returns the [`ManageError`]. It is [`ManageError::Changed`] if the operator was changed meanwhile.
pub fn change_version(
    conn: &mut Conn,
    (organization, id): (OrganizationId, OperatorId),
    version: Timestamp,
    wanted: Change,
    origin: &Origin,
    now: Timestamp,
) -> Result<(Operator, Vec<Entry>), ManageError> {
    serialize_within(conn, Records::Operators, organization)?;
    if get(conn, organization, id)?.version != version {
        return Err(ManageError::Changed);
    }
    change(conn, organization, id, wanted, origin, now)
}

/// Changes an operator, in the caller's transaction. Returns the operator after the change, and the
/// entries that were written.
///
/// # Errors
/// Returns the [`ManageError`].
pub fn change(
    conn: &mut Conn,
    organization: OrganizationId,
    id: OperatorId,
    change: Change,
    origin: &Origin,
    now: Timestamp,
) -> Result<(Operator, Vec<Entry>), ManageError> {
    serialize_within(conn, Records::Operators, organization)?;
    let before = get(conn, organization, id)?;
    if before.status == OperatorStatus::Deleted {
        return Err(ManageError::Deleted);
    }
    let after = change.apply(before.clone());
    replace(conn, &before, after, None, origin, now)
}

/// Replaces `before` with `after`. If the operator signs in otherwise from now on, all its sessions
/// end but the one that is spared.
pub(super) fn replace(
    conn: &mut Conn,
    before: &Operator,
    mut after: Operator,
    spared: Option<TokenId>,
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
    after.version = before.next_version(now);
    let change = Write {
        before: Some(before),
        after: &after,
        spared,
    };
    let entries = write(conn, after.organization, &[change], origin, now, &|| false)?;
    Ok((after, entries))
}

/// Deletes an operator, in the caller's transaction. A second call changes nothing.
///
/// # Errors
/// Returns the [`ManageError`].
pub fn delete(
    conn: &mut Conn,
    organization: OrganizationId,
    id: OperatorId,
    origin: &Origin,
    now: Timestamp,
) -> Result<Vec<Entry>, ManageError> {
    serialize_within(conn, Records::Operators, organization)?;
    let before = get(conn, organization, id)?;
    let after = Operator {
        status: OperatorStatus::Deleted,
        ..before.clone()
    };
    replace(conn, &before, after, None, origin, now).map(|(_, entries)| entries)
}
