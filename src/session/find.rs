//! Finds the session of a browser, and decides whether it is valid.

use std::sync::Arc;

use super::{BrowserSession, Lives, store};
use crate::app::App;
use crate::base::Digest;
use crate::db::Error;
use crate::operator::{self, ManageError, Operator, OperatorStatus};
use crate::page::Language;
use crate::token::Claims;
use crate::validate::Refusal;

/// A valid session, with its operator.
#[derive(Debug, Clone)]
pub struct Found {
    /// The session.
    pub session: BrowserSession,
    /// The operator, as it is now.
    pub operator: Operator,
}

impl Found {
    /// Returns the claims by which the feed judges the session.
    #[must_use]
    pub fn claims(&self, app: &App) -> Claims {
        self.session.claims(Lives::of_browser(app))
    }
}

/// Why a session could not be judged.
#[derive(Debug)]
pub enum SessionError {
    /// This node does not hold its lease.
    Stale,
    /// The database failed.
    Database(Error),
}

impl From<Error> for SessionError {
    fn from(error: Error) -> Self {
        Self::Database(error)
    }
}

/// Returns the valid session of a browser, signed in or waiting for the second factor. `None` if
/// there is none. The caller reads `rev` before it calls this.
///
/// # Errors
/// Returns the [`SessionError`].
pub async fn find(app: &App, browser: Digest) -> Result<Option<Found>, SessionError> {
    let mut lease = app.tokens.validator.take_lease();
    let read = app.db.read(move |conn| {
        let Some(session) = store::find(conn, &browser)? else {
            return Ok(None);
        };
        match operator::get(conn, session.organization, session.operator) {
            Ok(operator) => Ok(Some(Found { session, operator })),
            Err(ManageError::Database(why)) => Err(why),
            Err(_) => Ok(None),
        }
    });
    let Some(found) = read.await? else {
        return Ok(None);
    };
    let (lives, now) = (Lives::of_browser(app), app.clock.now());
    let claims = found.session.claims(lives);
    let mut verdict = app.tokens.validator.judge(lease, claims, now);
    if matches!(verdict, Err(Refusal::Ahead(_))) {
        // Another node signed the operator in a moment ago.
        let feed = Arc::clone(&app.nodes.feed);
        app.db.run(move |_| feed.catch_up_to(claims.rev)).await?;
        lease = app.tokens.validator.take_lease();
        verdict = app.tokens.validator.judge(lease, claims, now);
    }
    match verdict {
        Ok(_) => {}
        Err(Refusal::Stale | Refusal::Ahead(_)) => return Err(SessionError::Stale),
        Err(_) => return Ok(None),
    }
    if now >= found.session.idle_until(lives) || found.operator.status != OperatorStatus::Active {
        return Ok(None);
    }
    let every = lives.seen_every();
    if found.session.last_seen_at.plus(every) <= now {
        let note = move |conn: &mut _| store::touch(conn, &browser, every, now);
        app.db.write(note).await?;
    }
    Ok(Some(found))
}

/// Returns the language of pages that the operator of a browser's valid session has stored. `None` if it
/// has none, or if there is no session.
///
/// # Errors
/// Returns the [`SessionError`].
pub async fn language(app: &App, browser: Digest) -> Result<Option<Language>, SessionError> {
    let Some(Found { session, .. }) = find(app, browser).await? else {
        return Ok(None);
    };
    let (organization, operator) = (session.organization, Some(session.operator));
    let read = move |conn: &mut _| operator::language(conn, organization, operator);
    Ok(app.db.read(read).await?)
}
