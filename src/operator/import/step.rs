//! Applies a running import, step by step.
//!
//! Each step is a transaction of at most [`MOST_AT_ONCE`] lines, which also writes how far the import has
//! come and what became of its lines. So any node can go on after any other, each line is applied once,
//! and the person who started the import may close the page. Each step checks first that the account may
//! still do this: an import stops if its operator is no longer an active admin, if only operators may
//! sign in to the console and it is the organization's own account, if the organization is suspended, or
//! if the session in which it was begun was ended (`session.rs`).

use super::apply::{MOST_AT_ONCE, apply};
use super::session::{self, session_of};
use super::stored::{Import, Owner, State, end, lines};
use super::{Checked, Effect, store};
use crate::audit::{Actor, Origin, Through};
use crate::base::{ImportId, OrganizationId, Timestamp};
use crate::db::{Conn, Db, Records, Result, serialize_within};
use crate::feed::Entry;
use crate::operator::{self, Ids};
use crate::seal::MasterKeys;

/// How far a step has brought an import.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// There are more lines.
    More,
    /// Nothing is left to do, or the import was stopped.
    Over,
}

/// Returns who applies an import, and from where.
fn origin(conn: &mut Conn, organization: OrganizationId, id: ImportId) -> Result<Origin> {
    let owner = store::owner(conn, organization, id)?;
    let began = store::began(conn, organization, id)?;
    let by_operator = owner.is_some_and(|owner| owner.operator.is_some());
    Ok(Origin {
        actor: owner.map_or(Actor::System, Owner::actor),
        through: began.session.filter(|_| by_operator).map(Through::Session),
        address: began.address.and_then(|address| address.parse().ok()),
        request_id: began.request_id,
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
        let next = lines(conn, masters, (organization, id), (from, MOST_AT_ONCE))?;
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
    /// if it returns true, this fails with [`crate::db::Error::Busy`]. If another caller has applied the same lines
    /// meanwhile, this applies nothing. If the account lost the right, or the session in which the
    /// import was begun was ended, this stops the import.
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
        let is_admin = operator::store::is_admin(conn, organization, self.import.operator)?;
        let has_ended = match session_of(&self.origin) {
            Some(session) => !session::goes_on(conn, organization, session)?,
            None => false,
        };
        if !is_admin || has_ended {
            end(
                conn,
                &self.import,
                State::Stopped,
                &Origin::system(),
                self.now,
            )?;
            return Ok((Progress::Over, Vec::new()));
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
