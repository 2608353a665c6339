//! Ends console sessions, and lists them.

use super::ConsoleSession;
use super::find::has_its_credential;
use crate::audit::{self, Action, Event, Origin};
use crate::base::{OperatorId, OrganizationId, Timestamp, TokenId};
use crate::db::{Conn, Error, Result, end_console_session};
use crate::feed;
use crate::operator::sign_in;
use crate::session::{Lives, store};

/// The accounts whose sessions a list has, or the account of one session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// Those of everybody in the organization.
    Everybody,
    /// Those of one account: an operator, or the organization itself (`None`).
    Account(Option<OperatorId>),
}

/// Ends a session, in the caller's transaction. Every node reads sessions from the database, so it
/// has ended on every node once the transaction is committed. Its tokens stay valid. Returns whether
/// there was one.
///
/// # Errors
/// Returns the errors of the database.
pub fn end(
    conn: &mut Conn,
    organization: OrganizationId,
    jti: TokenId,
    origin: &Origin,
    now: Timestamp,
) -> Result<bool> {
    let ended = end_console_session(conn, organization, jti)?;
    if ended {
        let event = Event::of(origin, Action::SessionEnded, now, organization)
            .target(format!("session:{jti}"));
        audit::record(conn, &event)?;
    }
    Ok(ended)
}

/// Ends a session because its person signs out ([`end`]).
///
/// # Errors
/// Returns the errors of the database.
pub fn sign_out(
    conn: &mut Conn,
    session: &ConsoleSession,
    origin: &Origin,
    now: Timestamp,
) -> Result<bool> {
    end(conn, session.organization, session.jti, origin, now)
}

/// Ends the other sessions of the account of a session, in the caller's transaction: also those that
/// wait for the second factor, and those whose times have passed. Returns how many.
///
/// # Errors
/// Returns the errors of the database.
pub fn end_others(
    conn: &mut Conn,
    session: &ConsoleSession,
    origin: &Origin,
    now: Timestamp,
) -> Result<usize> {
    if let Some(operator) = session.operator {
        // A sign-in that waits for its second factor cannot be completed until this transaction ends.
        sign_in::hold_second_factor(conn, session.organization, operator)?;
    }
    let all = store::console::ids_of(conn, session.organization, session.operator)?;
    let mut ended = 0;
    for other in all.into_iter().filter(|other| *other != session.jti) {
        ended += usize::from(end(conn, session.organization, other, origin, now)?);
    }
    Ok(ended)
}

/// Why the other sessions of the account of a session were not ended.
#[derive(Debug, thiserror::Error)]
pub enum OthersError {
    /// The organization has no such session.
    #[error("there is no session of the console with this id in this organization")]
    Unknown,
    /// The session is not open: it has expired or is revoked, or it waits for the second factor.
    #[error(
        "the session is not open: it has expired or is revoked, or it waits for the second factor. So \
         no session was ended"
    )]
    NotOpen,
    /// The database failed.
    #[error("{0}")]
    Database(#[from] Error),
}

/// Does the same as [`end_others`], for the session with this id. `lives` says when it expires.
///
/// # Errors
/// Returns the [`OthersError`].
pub fn end_others_by_id(
    conn: &mut Conn,
    which: (OrganizationId, TokenId),
    lives: Lives,
    origin: &Origin,
    now: Timestamp,
) -> std::result::Result<usize, OthersError> {
    let Some(session) = store::console::by_id(conn, which.0, which.1)? else {
        return Err(OthersError::Unknown);
    };
    let is_open = session.is_signed_in()
        && now < session.idle_until(lives)
        && has_its_credential(conn, &session)?
        && feed::revoking_entry(conn, &session.claims(lives))?.is_none();
    if !is_open {
        return Err(OthersError::NotOpen);
    }
    Ok(end_others(conn, &session, origin, now)?)
}

/// Returns whose a session is. `None` if the organization has no such session.
///
/// # Errors
/// Returns the errors of the database.
pub fn owner(conn: &mut Conn, organization: OrganizationId, jti: TokenId) -> Result<Option<Whose>> {
    let session = store::console::by_id(conn, organization, jti)?;
    Ok(session.map(|session| Whose::Account(session.operator)))
}

/// The largest number of sessions that a list has.
const MOST: i64 = 200;

/// Returns the sessions whose times have not passed, the latest used first, at most 200. Some of
/// them may be revoked by an entry of the feed.
///
/// # Errors
/// Returns the errors of the database.
pub fn list(
    conn: &mut Conn,
    organization: OrganizationId,
    whose: Whose,
    lives: Lives,
    now: Timestamp,
) -> Result<Vec<ConsoleSession>> {
    let account = match whose {
        Whose::Everybody => None,
        Whose::Account(account) => Some(account),
    };
    let times = times(lives, now);
    store::console::list(conn, organization, account, times, MOST)
}

/// Returns after which instants a session was last used, and began, if its times have not passed.
fn times(lives: Lives, now: Timestamp) -> (Timestamp, Timestamp) {
    (now.minus(lives.idle), now.minus(lives.lifetime))
}
