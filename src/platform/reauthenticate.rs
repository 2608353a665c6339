//! An admin who has signed in proves again who it is.

use super::open::guess;
use super::{Found, second_factor, store};
use crate::app::App;
use crate::audit::{Action, Origin};
use crate::base::Digest;
use crate::db::Conn;
use crate::session::console::{CodeError, Cookie};

/// Checks a code of the second factor of the admin of a session. Returns the session's new cookie, and
/// notes that the admin has proved who it is.
///
/// # Errors
/// Returns the [`CodeError`].
pub async fn confirm(
    app: &App,
    found: &Found,
    before: Digest,
    code: String,
    origin: &Origin,
) -> Result<Cookie, CodeError> {
    let pass = guess(app, &found.session, origin)?;
    let (keys, now, id) = (
        app.tokens.keys.clone(),
        app.clock.now(),
        found.session.admin,
    );
    let check = move |conn: &mut Conn| second_factor::verify(conn, keys.masters(), id, &code, now);
    if !app.db.write(check).await? {
        pass.failed();
        let failed = &app.logins.failed;
        failed.note(Action::PlatformAdminSignInFailed, None, origin);
        return Err(CodeError::Wrong);
    }
    pass.succeeded();
    let (cookie, now) = (Cookie::draw(), app.clock.now());
    let after = cookie.digest();
    let renew = move |conn: &mut Conn| store::renew(conn, &before, after, now);
    if app.db.write(renew).await? {
        Ok(cookie)
    } else {
        Err(CodeError::Over)
    }
}
