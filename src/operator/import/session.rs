//! The console session in which an import was begun. The import stops with it: when its person says
//! "this was not me", signs out, or gets a new password. Time alone does not stop an import: a session
//! that nobody has used for a while counts until its row is deleted.

use crate::audit::{Actor, Origin, Through};
use crate::base::{OrganizationId, TokenId};
use crate::db::{Conn, Result};
use crate::feed;
use crate::operator::store;
use crate::token::{CONSOLE_SESSION_LIMIT, Claims, TokenUse};

/// Returns the console session in which somebody acts. `None` if it acts in none.
pub(super) const fn session_of(origin: &Origin) -> Option<TokenId> {
    match (&origin.actor, origin.through) {
        (Actor::Session(jti), _) => Some(*jti),
        (_, Some(Through::Session(jti))) => Some(jti),
        _ => None,
    }
}

/// Returns whether a session has not been ended. It stays so until the caller's transaction has
/// committed: on PostgreSQL a transaction that removes it waits.
///
/// # Errors
/// Returns the errors of the database.
pub(super) fn goes_on(conn: &mut Conn, organization: OrganizationId, jti: TokenId) -> Result<bool> {
    let Some(session) = store::console_session(conn, organization, jti)? else {
        return Ok(false);
    };
    if session.credential_at != store::credential_at(conn, organization, session.operator)? {
        return Ok(false);
    }
    let claims = Claims {
        jti,
        organization,
        rev: session.rev,
        issued_at: session.signed_in_at,
        token_use: TokenUse::Console {
            operator: session.operator,
            expires_at: session.signed_in_at.plus(CONSOLE_SESSION_LIMIT),
        },
    };
    Ok(feed::revoking_entry(conn, &claims)?.is_none())
}
