//! Finds the session of a cookie, and decides whether it is valid.

use std::sync::Arc;

use super::ConsoleSession;
use crate::app::App;
use crate::base::{Digest, OperatorId, OrganizationId};
use crate::db::{self, Conn};
use crate::operator::{self, ManageError, Operator, OperatorStatus};
use crate::organization::{self, ConsoleSignIn, Organization, OrganizationStatus};
use crate::page::Language;
use crate::session::{Lives, SessionError, store};
use crate::token::Claims;
use crate::validate::Refusal;

/// What an account may do in the console.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Right {
    /// Everything of the organization.
    Admin,
    /// See every page, and change nothing but its own account.
    Auditor,
}

/// Returns the right that a role gives in the console. `None` if it gives none.
#[must_use]
pub fn right_of(role: Option<&str>) -> Option<Right> {
    match role {
        Some("admin") => Some(Right::Admin),
        Some("auditor") => Some(Right::Auditor),
        _ => None,
    }
}

/// Who has signed in.
#[derive(Debug, Clone)]
pub enum Account {
    /// The organization, with its own login.
    Organization,
    /// One of its operators.
    Operator(Box<Operator>),
}

/// A valid session, with its account as it is now.
#[derive(Debug, Clone)]
pub struct Found {
    /// The session.
    pub session: ConsoleSession,
    /// The organization.
    pub organization: Organization,
    /// Who has signed in.
    pub account: Account,
    /// What the account may do.
    pub right: Right,
    /// The language of pages that the account has stored. `None` if it has none.
    pub language: Option<Language>,
}

impl Found {
    /// Returns the claims by which the feed judges the session.
    #[must_use]
    pub fn claims(&self, app: &App) -> Claims {
        self.session.claims(Lives::of_console(app))
    }

    /// Returns the operator that has signed in. `None` if it is the organization.
    #[must_use]
    pub fn operator(&self) -> Option<&Operator> {
        match &self.account {
            Account::Organization => None,
            Account::Operator(operator) => Some(operator),
        }
    }

    /// Returns the id of the operator that has signed in. `None` if it is the organization.
    #[must_use]
    pub fn operator_id(&self) -> Option<OperatorId> {
        self.operator().map(|operator| operator.id)
    }
}

/// Returns the account of a session, valid or not: also of one that an act has ended, until it would have
/// been idle. `None` if nobody knows it any more, or if its operator is not active.
///
/// # Errors
/// Returns the errors of the database.
pub fn account_of(
    conn: &mut Conn,
    cookie: &Digest,
) -> db::Result<Option<(OrganizationId, Option<OperatorId>)>> {
    let found = store::console::find(conn, cookie)?;
    let account = match found {
        Some(session) => Some((session.organization, session.operator)),
        None => store::console::account_of_ended(conn, cookie)?,
    };
    let Some((organization, Some(id))) = account else {
        return Ok(account);
    };
    let operator = operator::find(conn, organization, id)?;
    let is_active = operator.is_some_and(|one| one.status == OperatorStatus::Active);
    Ok(account.filter(|_| is_active))
}

/// Returns whether the account still has the second factor, or the password, with which the session
/// began.
pub(super) fn has_its_credential(conn: &mut Conn, session: &ConsoleSession) -> db::Result<bool> {
    let now = operator::credential_at(conn, session.organization, session.operator)?;
    Ok(session.credential_at == now)
}

/// Reads a session with its account. `None` if there is none, or if its account may not use the
/// console any more.
fn read(conn: &mut Conn, cookie: &Digest) -> db::Result<Option<Found>> {
    let Some(session) = store::console::find(conn, cookie)? else {
        return Ok(None);
    };
    if !has_its_credential(conn, &session)? {
        return Ok(None);
    }
    let Some(organization) = organization::find(conn, session.organization)? else {
        return Ok(None);
    };
    if organization.status != OrganizationStatus::Active {
        return Ok(None);
    }
    let language = operator::language(conn, session.organization, session.operator)?;
    let Some(id) = session.operator else {
        if organization.console_sign_in == ConsoleSignIn::Operators {
            return Ok(None);
        }
        return Ok(Some(Found {
            session,
            organization,
            account: Account::Organization,
            right: Right::Admin,
            language,
        }));
    };
    let operator = match operator::get(conn, session.organization, id) {
        Ok(operator) => operator,
        Err(ManageError::Database(why)) => return Err(why),
        Err(_) => return Ok(None),
    };
    let right = right_of(operator.profile.role.as_deref())
        .filter(|_| operator.status == OperatorStatus::Active);
    Ok(right.map(|right| Found {
        session,
        organization,
        account: Account::Operator(Box::new(operator)),
        right,
        language,
    }))
}

/// Returns the valid session of a cookie, signed in or waiting for the second factor. `None` if there
/// is none. `is_use` says whether this counts as a use of the session.
///
/// # Errors
/// Returns the [`SessionError`].
pub async fn find(app: &App, cookie: Digest, is_use: bool) -> Result<Option<Found>, SessionError> {
    let mut lease = app.tokens.validator.take_lease();
    let Some(found) = app.db.read(move |conn| read(conn, &cookie)).await? else {
        return Ok(None);
    };
    let (lives, now) = (Lives::of_console(app), app.clock.now());
    let claims = found.session.claims(lives);
    let mut verdict = app.tokens.validator.judge(lease, claims, now);
    if matches!(verdict, Err(Refusal::Ahead(_))) {
        // Another node signed the person in a moment ago.
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
    if now >= found.session.idle_until(lives) {
        return Ok(None);
    }
    let every = lives.seen_every();
    if is_use && found.session.last_seen_at.plus(every) <= now {
        let note = move |conn: &mut _| store::console::touch(conn, &cookie, every, now);
        app.db.write(note).await?;
    }
    Ok(Some(found))
}
