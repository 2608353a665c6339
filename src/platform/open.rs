//! Begins sessions on the pages of the platform.

use super::{Credentials, Found, PlatformSession, second_factor, store};
use crate::app::App;
use crate::audit::{self, Action, Actor, Event, Origin};
use crate::base::{Digest, Timestamp, TokenId};
use crate::db::{self, Conn};
use crate::login::{Accepted, Counted, Pass, Subject, note_address};
use crate::session::console::{CodeError, Cookie, MOST_WRONG_CODES};
use crate::session::{Lives, SessionState};

/// Begins the session of an admin whose password was right; it waits for the second factor. `before` is
/// the digest of the cookie that the browser had, whose session ends. Returns the new cookie.
///
/// # Errors
/// Returns the errors of the database.
pub async fn open(
    app: &App,
    accepted: Accepted<Credentials>,
    before: Option<Digest>,
    visitor: &Origin,
    agent: Option<String>,
) -> db::Result<Cookie> {
    let (now, cookie) = (app.clock.now(), Cookie::draw());
    let (digest, lives, visitor) = (cookie.digest(), Lives::of_platform(app), visitor.clone());
    let session = PlatformSession {
        id: TokenId::generate(now),
        admin: accepted.account.admin.id,
        state: SessionState::SecondFactor,
        signed_in_at: now.whole_second(),
        last_seen_at: now,
        authenticated_at: now,
        address: visitor.address.map(|address| address.to_string()),
        agent,
    };
    let write = move |conn: &mut Conn| {
        accepted.record_hash(conn)?;
        if let Some(before) = &before {
            replace(conn, before, lives, &visitor, now)?;
        }
        store::insert_session(conn, digest, &session)
    };
    app.db.write(write).await?;
    Ok(cookie)
}

/// Ends the session of the cookie that the browser had. If it was valid, the audit log records its
/// end.
fn replace(
    conn: &mut Conn,
    before: &Digest,
    lives: Lives,
    visitor: &Origin,
    now: Timestamp,
) -> db::Result<()> {
    let Some(Found { session, .. }) = store::session(conn, before)? else {
        return Ok(());
    };
    if !session.is_signed_in() || now >= session.idle_until(lives) {
        store::remove_session(conn, before)?;
        return Ok(());
    }
    let origin = of_admin(&session, visitor);
    super::end(conn, session.admin, session.id, &origin, now)?;
    Ok(())
}

/// Returns the origin of what an admin does before its session has begun.
fn of_admin(session: &PlatformSession, visitor: &Origin) -> Origin {
    Origin {
        actor: Actor::PlatformAdmin(session.admin),
        ..visitor.clone()
    }
}

/// Counts a guess of an admin's code, like guesses of passwords: by admin and by address.
pub(super) fn guess<'a>(
    app: &'a App,
    session: &PlatformSession,
    origin: &Origin,
) -> Result<Pass<'a>, CodeError> {
    let guessed = Counted::Code(Subject::PlatformAdmin(session.admin));
    let typed = format!("code platform {}", session.admin);
    let admitted = app.logins.throttle.admit(&typed, origin.address);
    admitted
        .and_then(|knock| knock.pass(&guessed, false))
        .map_err(|throttled| CodeError::Throttled(throttled.retry_after))
}

/// Checks the code of a session that waits for its second factor, and begins the session. Returns
/// the new cookie. [`MOST_WRONG_CODES`] wrong codes end the attempt.
///
/// # Errors
/// Returns the [`CodeError`].
pub async fn complete(
    app: &App,
    found: &Found,
    before: Digest,
    code: String,
    visitor: &Origin,
) -> Result<Cookie, CodeError> {
    let pass = guess(app, &found.session, visitor)?;
    let (now, cookie) = (app.clock.now(), Cookie::draw());
    let (digest, by) = (cookie.digest(), visitor.clone());
    let session = PlatformSession {
        id: TokenId::generate(now),
        state: SessionState::SignedIn,
        signed_in_at: now.whole_second(),
        last_seen_at: now,
        authenticated_at: now,
        ..found.session.clone()
    };
    let keys = app.tokens.keys.clone();
    let write = move |conn: &mut Conn| {
        let id = session.admin;
        if !second_factor::verify(conn, keys.masters(), id, &code, now)? {
            let wrong = store::count_wrong_code(conn, &before)?;
            if wrong.is_none_or(|wrong| wrong >= MOST_WRONG_CODES) {
                store::remove_session(conn, &before)?;
                return Ok(Outcome::Over);
            }
            return Ok(Outcome::Wrong);
        }
        // If two forms with the same cookie arrive at once, only one finds the session that waits.
        if !store::remove_session(conn, &before)? {
            return Err(db::Error::NotFound);
        }
        store::insert_session(conn, digest, &session)?;
        let subject = Subject::PlatformAdmin(id);
        note_address(conn, subject, by.address, now)?;
        let origin = of_admin(&session, &by);
        let event = Event::of_service(&origin, Action::PlatformAdminSignedIn, now)
            .target(format!("session:{}", session.id));
        audit::record(conn, &event)?;
        Ok(Outcome::Done)
    };
    let outcome = match app.db.write(write).await {
        Err(db::Error::NotFound) => return Err(CodeError::Over),
        other => other?,
    };
    if matches!(outcome, Outcome::Done) {
        pass.succeeded();
        return Ok(cookie);
    }
    pass.failed();
    let failed = &app.logins.failed;
    failed.note(Action::PlatformAdminSignInFailed, None, visitor);
    Err(match outcome {
        Outcome::Over => CodeError::Over,
        _ => CodeError::Wrong,
    })
}

enum Outcome {
    Done,
    Wrong,
    Over,
}

/// Leaves what the next page of a session says was done.
///
/// # Errors
/// Returns the errors of the database.
pub async fn leave_notice(app: &App, cookie: Digest, notice: String) -> db::Result<()> {
    let write = move |conn: &mut Conn| store::set_notice(conn, &cookie, &notice);
    app.db.write(write).await
}

/// Takes what the last act left for this page. `None` if there is nothing, or if another page has
/// taken it meanwhile.
///
/// # Errors
/// Returns the errors of the database.
pub async fn take_notice(app: &App, cookie: Digest) -> db::Result<Option<String>> {
    let read = move |conn: &mut Conn| store::notice(conn, &cookie);
    let Some(notice) = app.db.read(read).await? else {
        return Ok(None);
    };
    let text = notice.clone();
    let write = move |conn: &mut Conn| store::take_notice(conn, &cookie, &text);
    Ok(app.db.write(write).await?.then_some(notice))
}
