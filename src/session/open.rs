//! Begins and ends browser sessions.

use super::{BrowserSession, Found, store};
use crate::audit::{self, Action, Actor, Event, Origin};
use crate::base::{Digest, Timestamp};
use crate::db::{Conn, Result};

/// A session that begins.
#[derive(Debug, Clone)]
pub struct Opening {
    /// The digest of the browser's former cookie. That cookie has no session and no request
    /// afterwards.
    pub before: Digest,
    /// The digest of its new cookie.
    pub after: Digest,
    /// The session.
    pub session: BrowserSession,
    /// The valid session that the browser had, if an operator had signed in. The audit log records
    /// its end.
    pub replaced: Option<Found>,
    /// The browser. It acts for an operator once it is known.
    pub visitor: Origin,
    /// The request that the operator signs in for. `None` if there is none.
    pub request: Option<Digest>,
}

/// Begins a session, in the caller's transaction. It replaces the session that the browser had, and
/// the browser keeps the requests that it has begun. Returns whether the browser had a session.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn open(conn: &mut Conn, opening: &Opening, now: Timestamp) -> Result<bool> {
    let had = store::remove(conn, &opening.before)?;
    if let Some(replaced) = opening.replaced.as_ref().filter(|_| had) {
        let session = &replaced.session;
        let origin = Origin {
            actor: Actor::Operator(session.operator),
            ..opening.visitor.clone()
        };
        record_end(conn, session, &origin, now)?;
    }
    let address = opening.visitor.address.map(|address| address.to_string());
    store::insert(conn, opening.after, &opening.session, address)?;
    store::move_to_browser(conn, &opening.before, &opening.after)?;
    if let Some(request) = &opening.request {
        store::signed_in_for(conn, request, opening.session.sid)?;
    }
    Ok(had)
}

/// Ends the session of a browser, in the caller's transaction. Every node reads sessions from the
/// database, so the session has ended on every node once the transaction is committed. Its tokens
/// stay valid.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn end(
    conn: &mut Conn,
    browser: &Digest,
    session: &BrowserSession,
    origin: &Origin,
    now: Timestamp,
) -> Result<()> {
    if store::remove(conn, browser)? {
        record_end(conn, session, origin, now)?;
    }
    Ok(())
}

fn record_end(
    conn: &mut Conn,
    session: &BrowserSession,
    origin: &Origin,
    now: Timestamp,
) -> Result<()> {
    let event = Event::of(origin, Action::SessionEnded, now, session.organization)
        .target(format!("session:{}", session.sid));
    audit::record(conn, &event)
}
