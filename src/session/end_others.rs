//! Ends the other sessions of an operator that changes its own password: those of browsers, and those
//! of the console.

use super::{Lives, store};
use crate::app::App;
use crate::base::TokenId;
use crate::db::{Conn, Result};
use crate::token::Claims;

/// Returns the step that removes the sessions of the operator of `own`, except `own` itself, in the
/// transaction that sets the new password. It returns the ids of those that were valid: the audit
/// log records their end. Whether they are valid is decided by the feed, also without this step.
pub fn end_others(
    app: &App,
    own: &Claims,
) -> impl FnOnce(&mut Conn) -> Result<Vec<TokenId>> + Send + use<> {
    let (lives, of_console) = (Lives::of_browser(app), Lives::of_console(app));
    let (feed, own, now) = (app.nodes.feed.clone(), *own, app.clock.now());
    move |conn| {
        let Some(operator) = own.operator() else {
            return Ok(Vec::new());
        };
        let index = feed.index();
        let removed = store::remove_others(conn, own.organization, operator, own.jti)?;
        let valid = removed.into_iter().filter(|session| {
            session.is_signed_in()
                && now < session.idle_until(lives)
                && !index.revokes(&session.claims(lives))
        });
        let mut ended: Vec<TokenId> = valid.map(|session| session.sid).collect();
        let removed = store::console::remove_others(conn, own.organization, operator, own.jti)?;
        let valid = removed.into_iter().filter(|session| {
            session.is_signed_in()
                && now < session.idle_until(of_console)
                && !index.revokes(&session.claims(of_console))
        });
        ended.extend(valid.map(|session| session.jti));
        Ok(ended)
    }
}
