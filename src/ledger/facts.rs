//! Reads the facts from which [`verdict`](super::verdict::verdict) decides. One token is read like a page of
//! them, and the number of statements does not depend on the number of tokens.

use std::collections::HashSet;

use super::verdict::{Facts, Key};
use super::{Ancestry, Line, store};
use crate::base::{KeyId, OrganizationId, TokenId};
use crate::db::{Conn, Result};
use crate::feed::Revocations;
use crate::token::{Claims, Kind};
use crate::uptime;

/// A token about which facts are read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Token<'a> {
    pub(super) claims: &'a Claims,
    /// Its line. `None` if the ledger has none.
    pub(super) line: Option<&'a Line>,
    /// The key that signed it. `None` if it is not signed, or if that is not known.
    pub(super) kid: Option<KeyId>,
}

/// Reads the facts about tokens of an organization, in their order. `knows_key` returns whether a key
/// still verifies signatures.
///
/// # Errors
/// Returns the errors of the database.
pub(super) fn facts(
    conn: &mut Conn,
    organization: OrganizationId,
    tokens: &[Token<'_>],
    knows_key: impl Fn(KeyId) -> bool,
) -> Result<Vec<Facts>> {
    let lines = || tokens.iter().filter_map(|token| token.line);
    let ancestry = Ancestry::of(conn, organization, lines())?;
    let own = tokens.iter().map(|token| token.claims);
    let above = ancestry.iter().map(|ancestor| &ancestor.line.claims);
    let revocations = Revocations::read(conn, organization, own.chain(above))?;
    let is_session = |token: &&Token<'_>| token.claims.kind() == Kind::Console;
    let sessions = tokens.iter().filter(is_session);
    let sessions: Vec<TokenId> = sessions.map(|token| token.claims.jti).collect();
    let open: HashSet<TokenId> = store::open_sessions(conn, organization, &sessions)?;
    let ticks = uptime::read(conn)?;
    let of_key = |kid: Option<KeyId>| kid.and_then(|kid| revocations.of_key(kid));
    let about = |token: &Token<'_>| {
        let claims = token.claims;
        let key = match of_key(token.kid) {
            Some(revocation) => Key::Revoked(revocation),
            None if token.kid.is_some_and(|kid| !knows_key(kid)) => Key::Retired,
            None => Key::Good,
        };
        let mut above = token
            .line
            .into_iter()
            .flat_map(|line| ancestry.above(line))
            .map(|ancestor| {
                let revoked = revocations.of(&ancestor.line.claims);
                revoked.or_else(|| of_key(ancestor.kid))
            });
        Facts {
            revoked: revocations.of(claims),
            key,
            subject_revoked: above.find_map(|revoked| revoked),
            expires_at: claims.expires_at(),
            is_below_floor: claims.rev < ticks.floor(claims.life()),
            ended: revocations.end_of(claims),
            session_is_gone: claims.kind() == Kind::Console && !open.contains(&claims.jti),
            issued_at: claims.issued_at,
        }
    };
    Ok(tokens.iter().map(about).collect())
}
