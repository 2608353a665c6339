//! Finds the session of a cookie, and decides whether it is valid.

use super::{PlatformAdmin, PlatformSession, store};
use crate::app::App;
use crate::base::{Digest, PlatformAdminId};
use crate::db::{Conn, Result};
use crate::page::Language;
use crate::session::Lives;

/// A valid session, with its admin.
#[derive(Debug, Clone)]
pub struct Found {
    /// The session.
    pub session: PlatformSession,
    /// The admin.
    pub admin: PlatformAdmin,
    /// The tag of the language that the admin has stored.
    pub(super) language_tag: Option<String>,
}

impl Found {
    /// Returns the language of pages that the admin has stored. `None` if it has none, or one that this
    /// version does not know.
    #[must_use]
    pub fn language(&self) -> Option<Language> {
        let tag = self.language_tag.as_deref();
        tag.and_then(Language::of_own_tag)
    }
}

/// Returns the admin of a session, valid or not: also of one that an act has ended, until it would have
/// been idle. `None` if nobody knows it any more, or if its admin was removed.
///
/// # Errors
/// Returns the errors of the database.
pub fn admin_of(conn: &mut Conn, cookie: &Digest) -> Result<Option<PlatformAdminId>> {
    match store::session(conn, cookie)? {
        Some(found) => Ok(Some(found.admin.id)),
        None => store::admin_of_ended(conn, cookie),
    }
}

/// Stores the language of pages of an admin; `None` removes it. Returns whether there is such an admin.
///
/// # Errors
/// Returns the errors of the database.
pub fn set_language(
    conn: &mut Conn,
    admin: PlatformAdminId,
    language: Option<Language>,
) -> Result<bool> {
    store::set_language(conn, admin, language.map(Language::tag))
}

/// Returns the valid session of a cookie, signed in or waiting for the second factor. `None` if there
/// is none. `is_use` says whether this counts as a use of the session.
///
/// # Errors
/// Returns the errors of the database.
pub async fn find(app: &App, cookie: Digest, is_use: bool) -> Result<Option<Found>> {
    let read = move |conn: &mut Conn| store::session(conn, &cookie);
    let Some(found) = app.db.read(read).await? else {
        return Ok(None);
    };
    let (lives, now) = (Lives::of_platform(app), app.clock.now());
    if now >= found.session.idle_until(lives) {
        return Ok(None);
    }
    let every = lives.seen_every();
    if is_use && found.session.last_seen_at.plus(every) <= now {
        let note = move |conn: &mut Conn| store::touch(conn, &cookie, every, now);
        app.db.write(note).await?;
    }
    Ok(Some(found))
}
