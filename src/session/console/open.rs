//! Begins console sessions.

use super::end::end;
use super::find::{Found, has_its_credential};
use super::sign_in::Accepted;
use super::{ConsoleSession, Cookie, MOST_WRONG_CODES};
use crate::app::App;
use crate::audit::{self, Action, Actor, Event, Origin, Through};
use crate::base::{Digest, Timestamp, TokenId};
use crate::db::{self, Conn};
use crate::feed::Index;
use crate::ledger::{self, Issued};
use crate::login::{Counted, Subject};
use crate::operator::{self, sign_in};
use crate::session::{BY_PASSWORD, BY_PASSWORD_AND_CODE, Lives, SessionState, store};
use crate::usage::Count;

/// Begins the session of an account whose password was right. `before` is the digest of the cookie
/// that the browser had, whose session ends. Returns the new cookie, and whether the second factor
/// is still needed.
///
/// # Errors
/// Returns the errors of the database.
pub async fn open(
    app: &App,
    accepted: Accepted,
    before: Option<Digest>,
    visitor: &Origin,
    agent: Option<String>,
) -> db::Result<(Cookie, bool)> {
    let (now, cookie) = (app.clock.now(), Cookie::draw());
    let (digest, lives, visitor) = (cookie.digest(), Lives::of_console(app), visitor.clone());
    let (organization, feed) = (accepted.organization(), app.nodes.feed.clone());
    let operator = match &accepted {
        Accepted::Organization(_) => None,
        Accepted::Operator(accepted) => Some(accepted.operator.id),
    };
    let mut session = ConsoleSession {
        jti: TokenId::generate(now),
        organization,
        operator,
        rev: accepted.rev(),
        state: SessionState::SignedIn,
        amr: BY_PASSWORD.to_owned(),
        signed_in_at: now.whole_second(),
        last_seen_at: now,
        authenticated_at: now,
        credential_at: None,
        address: visitor.address.map(|address| address.to_string()),
        agent,
    };
    let write = move |conn: &mut Conn| {
        let needs_code = accepted.record(conn, now)?;
        session.credential_at = match (&accepted, operator) {
            // Read with the password that was checked.
            (Accepted::Organization(accepted), _) => accepted.account.password_set_at,
            (_, operator) => operator::credential_at(conn, organization, operator)?,
        };
        if let Some(before) = &before {
            replace(conn, before, lives, feed.index(), &visitor, now)?;
        }
        if needs_code {
            session.state = SessionState::SecondFactor;
            store::console::insert(conn, digest, &session)?;
        } else {
            begin(conn, digest, &session, lives, &visitor, now)?;
        }
        Ok::<_, db::Error>(needs_code)
    };
    let needs_code = app.db.write(write).await?;
    if !needs_code {
        app.usage.note(organization, Count::SignedIn);
    }
    Ok((cookie, needs_code))
}

/// Ends the session of the cookie that the browser had. If it was valid, the audit log records its
/// end.
fn replace(
    conn: &mut Conn,
    before: &Digest,
    lives: Lives,
    index: &Index,
    visitor: &Origin,
    now: Timestamp,
) -> db::Result<()> {
    let Some(session) = store::console::find(conn, before)? else {
        return Ok(());
    };
    let was_valid = session.is_signed_in()
        && has_its_credential(conn, &session)?
        && now < session.idle_until(lives)
        && !index.revokes(&session.claims(lives));
    if !was_valid {
        store::console::remove(conn, before)?;
        return Ok(());
    }
    let own = Actor::Session(session.jti);
    let origin = Origin {
        actor: session.operator.map_or(own, Actor::Operator),
        through: session.operator.map(|_| Through::Session(session.jti)),
        ..visitor.clone()
    };
    end(conn, session.organization, session.jti, &origin, now)?;
    Ok(())
}

/// Writes a session whose person has signed in: its row, its line in the ledger, and the audit
/// event.
fn begin(
    conn: &mut Conn,
    digest: Digest,
    session: &ConsoleSession,
    lives: Lives,
    visitor: &Origin,
    now: Timestamp,
) -> db::Result<()> {
    store::console::insert(conn, digest, session)?;
    let line = Issued {
        claims: session.claims(lives),
        kid: None,
        client: None,
        subject: None,
        address: visitor.address,
    };
    ledger::insert(conn, &[line])?;
    let (actor, action) = match session.operator {
        Some(id) => (Actor::Operator(id), Action::SignedIn),
        None => (Actor::Session(session.jti), Action::LoggedIn),
    };
    let origin = Origin {
        actor,
        through: session.operator.map(|_| Through::Session(session.jti)),
        ..visitor.clone()
    };
    let event = Event::of(&origin, action, now, session.organization)
        .target(format!("session:{}", session.jti));
    audit::record(conn, &event)
}

/// Why a second factor was not accepted.
#[derive(Debug)]
pub enum CodeError {
    /// The code is wrong, has expired or was used before.
    Wrong,
    /// There were too many wrong codes, or the session has ended: the person signs in again.
    Over,
    /// There were too many attempts. The next one may be made after this time.
    Throttled(std::time::Duration),
    /// The database failed.
    Database(db::Error),
}

impl From<db::Error> for CodeError {
    fn from(error: db::Error) -> Self {
        Self::Database(error)
    }
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
    let (organization, Some(operator)) = (found.session.organization, found.operator_id()) else {
        return Err(CodeError::Over);
    };
    // Guesses are throttled like those of passwords: by operator and by address.
    let guessed = Counted::Code(Subject::Operator(organization, operator));
    let typed = format!("code {organization} {operator}");
    let admitted = app.logins.throttle.admit(&typed, visitor.address);
    let pass = admitted
        .and_then(|knock| knock.pass(&guessed, false))
        .map_err(|throttled| CodeError::Throttled(throttled.retry_after))?;
    let (now, cookie) = (app.clock.now(), Cookie::draw());
    let (digest, lives, origin) = (cookie.digest(), Lives::of_console(app), visitor.clone());
    let session = ConsoleSession {
        jti: TokenId::generate(now),
        state: SessionState::SignedIn,
        amr: BY_PASSWORD_AND_CODE.to_owned(),
        signed_in_at: now.whole_second(),
        last_seen_at: now,
        authenticated_at: now,
        ..found.session.clone()
    };
    let keys = app.tokens.keys.clone();
    let write = move |conn: &mut Conn| {
        let masters = keys.masters();
        if !sign_in::verify_second_factor(conn, masters, organization, operator, &code, now)? {
            let wrong = store::console::count_wrong_code(conn, &before)?;
            if wrong.is_none_or(|wrong| wrong >= MOST_WRONG_CODES) {
                store::console::remove(conn, &before)?;
                return Ok(Outcome::Over);
            }
            return Ok(Outcome::Wrong);
        }
        // If two forms with the same cookie arrive at once, only one finds the session that waits.
        if !store::console::remove(conn, &before)? {
            return Err(db::Error::NotFound);
        }
        sign_in::complete(conn, organization, operator, origin.address, now)?;
        begin(conn, digest, &session, lives, &origin, now)?;
        Ok(Outcome::Done)
    };
    let outcome = match app.db.write(write).await {
        Err(db::Error::NotFound) => return Err(CodeError::Over),
        other => other?,
    };
    if matches!(outcome, Outcome::Done) {
        pass.succeeded();
        app.usage.note(organization, Count::SignedIn);
        return Ok(cookie);
    }
    pass.failed();
    let failed = &app.logins.failed;
    failed.note(Action::SignInFailed, Some(organization), visitor);
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

/// Notes that the account of a session has changed its own second factor, in the caller's
/// transaction: this session goes on, the account's other sessions end.
///
/// # Errors
/// Returns the errors of the database.
pub fn keep_factor(conn: &mut Conn, session: &ConsoleSession) -> db::Result<()> {
    let at = operator::credential_at(conn, session.organization, session.operator)?;
    store::console::set_credential_at(conn, session.organization, session.jti, at)
}

/// Leaves what the next page of a session says was done.
///
/// # Errors
/// Returns the errors of the database.
pub async fn leave_notice(app: &App, cookie: Digest, notice: String) -> db::Result<()> {
    let write = move |conn: &mut Conn| store::console::set_notice(conn, &cookie, &notice);
    app.db.write(write).await
}

/// Takes what the last act left for this page. `None` if there is nothing, or if another page has
/// taken it meanwhile.
///
/// # Errors
/// Returns the errors of the database.
pub async fn take_notice(app: &App, cookie: Digest) -> db::Result<Option<String>> {
    let read = move |conn: &mut Conn| store::console::notice(conn, &cookie);
    let Some(notice) = app.db.read(read).await? else {
        return Ok(None);
    };
    let text = notice.clone();
    let write = move |conn: &mut Conn| store::console::take_notice(conn, &cookie, &text);
    Ok(app.db.write(write).await?.then_some(notice))
}
