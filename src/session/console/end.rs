//! Ends console sessions, and lists them.

use super::ConsoleSession;
use crate::audit::{self, Action, Event, Origin};
use crate::base::{OperatorId, OrganizationId, Timestamp, TokenId};
use crate::db::{Conn, Result};
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
    let ended = store::console::remove_by_id(conn, organization, jti)?;
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

/// Ends the other sessions of the account of a session, also those that wait for the second factor,
/// in the caller's transaction. Returns how many.
///
/// # Errors
/// Returns the errors of the database.
pub fn end_others(
    conn: &mut Conn,
    session: &ConsoleSession,
    lives: Lives,
    origin: &Origin,
    now: Timestamp,
) -> Result<usize> {
    let which = (session.organization, session.jti);
    end_all_but(conn, which, session.operator, lives, origin, now)
}

/// Does the same as [`end_others`], for the session with this id. Returns `None` if the organization
/// has no such session.
///
/// # Errors
/// Returns the errors of the database.
pub fn end_others_by_id(
    conn: &mut Conn,
    which: (OrganizationId, TokenId),
    lives: Lives,
    origin: &Origin,
    now: Timestamp,
) -> Result<Option<usize>> {
    let Some(account) = store::console::account_by_id(conn, which.0, which.1)? else {
        return Ok(None);
    };
    end_all_but(conn, which, account, lives, origin, now).map(Some)
}

fn end_all_but(
    conn: &mut Conn,
    (organization, spared): (OrganizationId, TokenId),
    account: Option<OperatorId>,
    lives: Lives,
    origin: &Origin,
    now: Timestamp,
) -> Result<usize> {
    let all = store::console::ids_of(conn, organization, account, times(lives, now))?;
    let mut ended = 0;
    for other in all.into_iter().filter(|other| *other != spared) {
        ended += usize::from(end(conn, organization, other, origin, now)?);
    }
    Ok(ended)
}

/// Returns whose a session is. `None` if the organization has no such session.
///
/// # Errors
/// Returns the errors of the database.
pub fn owner(conn: &mut Conn, organization: OrganizationId, jti: TokenId) -> Result<Option<Whose>> {
    let account = store::console::account_by_id(conn, organization, jti)?;
    Ok(account.map(Whose::Account))
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
