//! Ends the other browser sessions of an operator that changes its own password.

use super::{Lives, store};
use crate::app::App;
use crate::base::TokenId;
use crate::db::{Conn, Result};
use crate::token::Claims;

/// Returns the step that removes the browser sessions of the operator of `own`, except `own` itself, in
/// the transaction that sets the new password. It returns the ids of those that were valid: the audit
/// log records their end. Whether they are valid is decided by the feed, also without this step.
pub fn end_others(
    app: &App,
    own: &Claims,
) -> impl FnOnce(&mut Conn) -> Result<Vec<TokenId>> + Send + use<> {
    let (lives, now) = (Lives::of(app), app.clock.now());
    let (feed, own) = (app.nodes.feed.clone(), *own);
    move |conn| {
        let Some(operator) = own.operator() else {
            return Ok(Vec::new());
        };
        let removed = store::remove_others(conn, own.organization, operator, own.jti)?;
        let index = feed.index();
        let valid = removed.into_iter().filter(|session| {
            session.is_signed_in()
                && !session.is_over(lives, now)
                && !index.revokes(&session.claims(lives))
        });
        Ok(valid.map(|session| session.sid).collect())
    }
}
