//! Imports that wait to be applied, and those that are being applied.
//!
//! What was checked is kept sealed for an hour. `step.rs` applies it.

use std::time::Duration;

use super::session::session_of;
use super::{Checked, Done, MOST_LINES, Outcome, some_lines, store};
use crate::audit::{self, Action, Actor, Event, Origin};
use crate::base::words::words;
use crate::base::{ImportId, OperatorId, OrganizationId, Timestamp, TokenId};
use crate::db::{Conn, Error, Records, Result, allocate, serialize_within, serialize_writes};
use crate::seal::MasterKeys;

/// The row of `sequences` that gives imports their ids, and that resealing locks first.
pub(super) const SEQUENCE: &str = "operator_imports";

/// How long a checked import can be applied.
pub(super) const KEPT: Duration = Duration::from_hours(1);

/// How long the results of an import can be read.
pub(super) const RESULTS_KEPT: Duration = Duration::from_hours(7 * 24);

words! {
    /// How far an import has come.
    pub enum State {
        /// It was checked. Nothing is written.
        Checked = "checked",
        /// It is being applied.
        Running = "running",
        /// A person stopped it, the account that applies it lost the right to, or the session in which
        /// it was begun was ended. What was applied stays.
        Stopped = "stopped",
        /// All its lines were applied or refused.
        Done = "done",
    }
}

/// An import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// The organization.
    pub organization: OrganizationId,
    /// Its id.
    pub id: ImportId,
    /// How far it has come.
    pub state: State,
    /// The number of its lines.
    pub lines: i64,
    /// How many of them were applied or refused.
    pub done: i64,
    /// The operator that has checked it and applies it. `None` if it is the organization's own account.
    pub operator: Option<OperatorId>,
    /// When it was checked.
    pub checked_at: Timestamp,
}

impl Import {
    /// Whether it can still be applied.
    #[must_use]
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.state == State::Checked && now < self.checked_at.plus(KEPT)
    }
}

/// Why an import did not begin.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// There is no such import of this caller.
    #[error("there is no such import")]
    Unknown,
    /// It was applied before, or an hour has passed.
    #[error("the import was applied before, or was checked more than an hour ago")]
    Over,
    /// A database call failed.
    #[error(transparent)]
    Database(#[from] Error),
}

/// The account that has checked an import. Only this account can apply it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Owner {
    pub(super) operator: Option<OperatorId>,
    pub(super) session: Option<TokenId>,
}

impl Owner {
    const fn of(origin: &Origin) -> Self {
        let (operator, session) = match origin.actor {
            Actor::Operator(id) => (Some(id), None),
            Actor::Session(jti) => (None, Some(jti)),
            _ => (None, None),
        };
        Self { operator, session }
    }

    pub(super) fn actor(self) -> Actor {
        let operator = self.operator.map(Actor::Operator);
        let session = self.session.map(Actor::Session);
        operator.or(session).unwrap_or(Actor::System)
    }
}

fn name_of(organization: OrganizationId, id: ImportId) -> String {
    format!("import {organization} {id}")
}

/// Keeps what was checked, in the caller's transaction. An import that the same account has checked
/// before and not applied is deleted.
///
/// # Errors
/// Returns the errors of the database.
pub fn save(
    conn: &mut Conn,
    masters: &MasterKeys,
    organization: OrganizationId,
    lines: &[Checked],
    origin: &Origin,
    now: Timestamp,
) -> Result<ImportId> {
    serialize_writes(conn, SEQUENCE)?;
    let owner = Owner::of(origin);
    store::delete_checked(conn, organization, owner)?;
    let id = ImportId(allocate(conn, SEQUENCE, 1)?);
    let text = serde_json::to_vec(lines).map_err(|why| Error::Internal(why.to_string()))?;
    let sealed = masters
        .for_new(conn)?
        .seal(&text, &name_of(organization, id))
        .map_err(|why| Error::Internal(why.to_string()))?;
    let import = Import {
        organization,
        id,
        state: State::Checked,
        lines: i64::try_from(lines.len()).unwrap_or(i64::MAX),
        done: 0,
        operator: owner.operator,
        checked_at: now,
    };
    store::insert(conn, &import, owner, &sealed)?;
    Ok(id)
}

/// Returns an import of the organization. `None` if there is none.
///
/// # Errors
/// Returns the errors of the database.
pub fn find(conn: &mut Conn, organization: OrganizationId, id: ImportId) -> Result<Option<Import>> {
    store::find(conn, organization, id)
}

/// Returns an import that can be applied, and its lines, to the account that has checked it. Nobody
/// else applies it, so nobody else sees it: what was checked is a table that only this account has
/// sent.
///
/// # Errors
/// Returns the errors of the database, and one if the lines cannot be unsealed.
pub fn open(
    conn: &mut Conn,
    masters: &MasterKeys,
    (organization, id): (OrganizationId, ImportId),
    origin: &Origin,
    now: Timestamp,
) -> Result<Option<(Import, Vec<Checked>)>> {
    let Some(found) = store::find(conn, organization, id)? else {
        return Ok(None);
    };
    let owner = store::owner(conn, organization, id)?;
    if !found.is_open(now) || owner != Some(Owner::of(origin)) {
        return Ok(None);
    }
    let lines = lines(conn, masters, (organization, id), (0, MOST_LINES))?;
    Ok(Some((found, lines)))
}

/// Returns at most so many lines of an import that is not done, from one on.
///
/// # Errors
/// Returns the errors of the database, and one if the lines cannot be unsealed.
pub(super) fn lines(
    conn: &mut Conn,
    masters: &MasterKeys,
    (organization, id): (OrganizationId, ImportId),
    (from, most): (usize, usize),
) -> Result<Vec<Checked>> {
    let Some(sealed) = store::sealed_lines(conn, organization, id)? else {
        return Ok(Vec::new());
    };
    let text = masters
        .open(&sealed, &name_of(organization, id))
        .map_err(|why| Error::Internal(why.to_string()))?;
    some_lines::read(&text, from, most).map_err(|why| Error::Internal(why.to_string()))
}

/// Begins to apply an import, in the caller's transaction: once, and for the account that has checked
/// it.
///
/// # Errors
/// Returns the [`StartError`].
pub fn claim(
    conn: &mut Conn,
    organization: OrganizationId,
    id: ImportId,
    origin: &Origin,
    now: Timestamp,
) -> std::result::Result<Import, StartError> {
    serialize_within(conn, Records::Operators, organization)?;
    let found = store::find(conn, organization, id)?.ok_or(StartError::Unknown)?;
    if store::owner(conn, organization, id)? != Some(Owner::of(origin)) {
        return Err(StartError::Unknown);
    }
    if !found.is_open(now) {
        return Err(StartError::Over);
    }
    let address = origin.address.map(|address| address.to_string());
    let from = (address, origin.request_id.as_deref());
    if !store::begin(conn, organization, id, from, session_of(origin))? {
        return Err(StartError::Over);
    }
    Ok(Import {
        state: State::Running,
        ..found
    })
}

/// Stops an import before its next lines, in the caller's transaction. What was applied stays. Returns
/// whether it was running.
///
/// # Errors
/// Returns the errors of the database.
pub fn stop(
    conn: &mut Conn,
    organization: OrganizationId,
    id: ImportId,
    origin: &Origin,
    now: Timestamp,
) -> Result<bool> {
    serialize_within(conn, Records::Operators, organization)?;
    let Some(import) = store::find(conn, organization, id)? else {
        return Ok(false);
    };
    if import.state != State::Running {
        return Ok(false);
    }
    end(conn, &import, State::Stopped, origin, now)?;
    Ok(true)
}

/// Ends an import: its lines are deleted, its results stay for a while.
pub(super) fn end(
    conn: &mut Conn,
    import: &Import,
    state: State,
    origin: &Origin,
    now: Timestamp,
) -> Result<()> {
    store::end(conn, import.organization, import.id, state, import.done)?;
    let results = store::results(conn, import.organization, import.id)?;
    let count = |outcome| {
        results
            .iter()
            .filter(|done| done.outcome == outcome)
            .count()
    };
    let detail = format!(
        "import {}, {state}: {} created, {} updated, {} deactivated, {} refused",
        import.id,
        count(Outcome::Created),
        count(Outcome::Updated),
        count(Outcome::Deactivated),
        count(Outcome::Refused),
    );
    let event = Event::of(origin, Action::OperatorsImported, now, import.organization);
    audit::record(conn, &event.detail(detail))
}

/// Returns what became of the lines of an import so far, in their order.
///
/// # Errors
/// Returns the errors of the database.
pub fn results(conn: &mut Conn, organization: OrganizationId, id: ImportId) -> Result<Vec<Done>> {
    store::results(conn, organization, id)
}
