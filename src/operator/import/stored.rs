//! Imports that wait to be applied, and those that are being applied.
//!
//! What was checked is kept sealed for an hour. An import is applied in transactions of
//! [`MOST_AT_ONCE`] lines; each transaction also writes how far it came and what became of its lines. So
//! any node can go on after any other, each line is applied once, and whoever started the import may
//! close the page.

use std::time::Duration;

use super::apply::{MOST_AT_ONCE, apply};
use super::{Checked, Done, Effect, Outcome, store};
use crate::audit::{self, Action, Actor, Event, Origin};
use crate::base::words::words;
use crate::base::{ImportId, OperatorId, OrganizationId, Timestamp, TokenId};
use crate::db::{Conn, Db, Error, Records, Result, allocate, serialize_within, serialize_writes};
use crate::feed::Entry;
use crate::operator::Ids;
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
        /// A person stopped it. What was applied stays.
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
    /// Who applies it. `None` if it is the organization's own account.
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

/// Whom an import is of: what was checked in one account is applied in the same account only.
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

    fn actor(self) -> Actor {
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

/// Returns the lines of an import that is not done.
///
/// # Errors
/// Returns the errors of the database, and one if the lines cannot be unsealed.
pub fn lines(
    conn: &mut Conn,
    masters: &MasterKeys,
    organization: OrganizationId,
    id: ImportId,
) -> Result<Vec<Checked>> {
    let Some(sealed) = store::sealed_lines(conn, organization, id)? else {
        return Ok(Vec::new());
    };
    let text = masters
        .open(&sealed, &name_of(organization, id))
        .map_err(|why| Error::Internal(why.to_string()))?;
    serde_json::from_slice(&text).map_err(|why| Error::Internal(why.to_string()))
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
    store::begin(conn, organization, id, from)?;
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
fn end(
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

/// How far a step has brought an import.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// There are more lines.
    More,
    /// Nothing is left to do, or a person has stopped it.
    Over,
}

/// Returns who applies an import, and from where.
fn origin(conn: &mut Conn, organization: OrganizationId, id: ImportId) -> Result<Origin> {
    let owner = store::owner(conn, organization, id)?;
    let (address, request_id) = store::began_from(conn, organization, id)?;
    Ok(Origin {
        actor: owner.map_or(Actor::System, Owner::actor),
        address: address.and_then(|address| address.parse().ok()),
        request_id,
    })
}

/// Reads the next lines of a running import. `None` if there is nothing left to do.
///
/// # Errors
/// Returns the errors of the database.
pub fn next(
    db: &Db,
    masters: &MasterKeys,
    (organization, id): (OrganizationId, ImportId),
    now: Timestamp,
) -> Result<Option<Step>> {
    let read = |conn: &mut Conn| -> Result<Option<Step>> {
        let Some(import) = store::find(conn, organization, id)? else {
            return Ok(None);
        };
        if import.state != State::Running {
            return Ok(None);
        }
        let origin = origin(conn, organization, id)?;
        let from = usize::try_from(import.done).unwrap_or(usize::MAX);
        let all = lines(conn, masters, organization, id)?;
        let next = all.into_iter().skip(from).take(MOST_AT_ONCE).collect();
        Ok(Some(Step {
            import,
            origin,
            lines: next,
            ids: Ids::Drawn,
            now,
        }))
    };
    let Some(mut step) = db.read_blocking(read)? else {
        return Ok(None);
    };
    let new = step
        .lines
        .iter()
        .filter(|line| line.effect == Effect::Create);
    step.ids = Ids::for_new(db, i64::try_from(new.count()).unwrap_or(i64::MAX))?;
    Ok(Some(step))
}

/// The next lines of an import.
#[derive(Debug)]
pub struct Step {
    import: Import,
    origin: Origin,
    lines: Vec<Checked>,
    ids: Ids,
    now: Timestamp,
}

impl Step {
    /// Applies the lines, in the caller's transaction. `gives_way` is called before each batch of rows;
    /// if it returns true, this fails with [`Error::Busy`]. Another caller that has applied the same
    /// lines meanwhile wins.
    ///
    /// # Errors
    /// Returns the errors of the database.
    pub fn apply(
        &self,
        conn: &mut Conn,
        gives_way: &dyn Fn() -> bool,
    ) -> Result<(Progress, Vec<Entry>)> {
        let Import {
            organization, id, ..
        } = self.import;
        serialize_within(conn, Records::Operators, organization)?;
        match store::find(conn, organization, id)? {
            Some(now_there) if now_there == self.import => {}
            Some(Import {
                state: State::Running,
                ..
            }) => return Ok((Progress::More, Vec::new())),
            _ => return Ok((Progress::Over, Vec::new())),
        }
        let (lines, origin, ids) = (&self.lines, &self.origin, &self.ids);
        let applied = apply(conn, organization, lines, origin, self.now, ids, gives_way)?;
        store::add_results(conn, organization, id, self.import.done, &applied.done)?;
        let count = i64::try_from(lines.len()).unwrap_or(i64::MAX);
        let import = Import {
            done: self.import.done + count,
            ..self.import.clone()
        };
        if import.done < import.lines && count > 0 {
            store::advance(conn, organization, id, import.done)?;
            return Ok((Progress::More, applied.entries));
        }
        end(conn, &import, State::Done, origin, self.now)?;
        Ok((Progress::Over, applied.entries))
    }
}

/// Returns what became of the lines of an import so far, in their order.
///
/// # Errors
/// Returns the errors of the database.
pub fn results(conn: &mut Conn, organization: OrganizationId, id: ImportId) -> Result<Vec<Done>> {
    store::results(conn, organization, id)
}
