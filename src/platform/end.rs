//! Ends sessions on the pages of the platform, and lists them.

use super::{PlatformAdmin, PlatformSession, store};
use crate::audit::{self, Action, Event, Origin};
use crate::base::{PlatformAdminId, Timestamp, TokenId};
use crate::db::{Conn, Result};
use crate::session::Lives;

/// Ends a session of an admin, in the caller's transaction. Every node reads sessions from the
/// database, so it has ended on every node once the transaction is committed. Returns whether there
/// was one.
///
/// # Errors
/// Returns the errors of the database.
pub fn end(
    conn: &mut Conn,
    admin: PlatformAdminId,
    id: TokenId,
    origin: &Origin,
    now: Timestamp,
) -> Result<bool> {
    let ended = store::remove_session_by_id(conn, admin, id)?;
    if ended {
        let event =
            Event::of_service(origin, Action::SessionEnded, now).target(format!("session:{id}"));
        audit::record(conn, &event)?;
    }
    Ok(ended)
}

/// Ends the other sessions of the admin of a session, also those that wait for the second factor, in
/// the caller's transaction. Returns how many.
///
/// # Errors
/// Returns the errors of the database.
pub fn end_others(
    conn: &mut Conn,
    session: &PlatformSession,
    origin: &Origin,
    now: Timestamp,
) -> Result<usize> {
    end_but(conn, session.admin, Some(session.id), origin, now)
}

/// Ends every session of an admin, in the caller's transaction. Returns the admin and how many; `None`
/// if there is no such admin.
///
/// # Errors
/// Returns the errors of the database.
pub fn end_all(
    conn: &mut Conn,
    admin: PlatformAdminId,
    origin: &Origin,
    now: Timestamp,
) -> Result<Option<(PlatformAdmin, usize)>> {
    let Some(found) = store::get(conn, admin)? else {
        return Ok(None);
    };
    let ended = end_but(conn, admin, None, origin, now)?;
    Ok(Some((found, ended)))
}

fn end_but(
    conn: &mut Conn,
    admin: PlatformAdminId,
    kept: Option<TokenId>,
    origin: &Origin,
    now: Timestamp,
) -> Result<usize> {
    // A sign-in that waits for its second factor cannot be completed until this transaction ends.
    store::lock(conn, admin)?;
    let all = store::session_ids(conn, admin)?;
    let mut ended = 0;
    for other in all.into_iter().filter(|other| Some(*other) != kept) {
        ended += usize::from(end(conn, admin, other, origin, now)?);
    }
    Ok(ended)
}

/// Returns the sessions of an admin that has signed in and whose times have not passed, the latest used
/// first.
///
/// # Errors
/// Returns the errors of the database.
pub fn sessions(
    conn: &mut Conn,
    admin: PlatformAdminId,
    lives: Lives,
    now: Timestamp,
) -> Result<Vec<PlatformSession>> {
    let mut sessions = store::sessions(conn, admin)?;
    sessions.retain(|session| session.is_signed_in() && now < session.idle_until(lives));
    Ok(sessions)
}
