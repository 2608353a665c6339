//! The access tokens that exchanged ones come from, by the ledger: an access token is always in it,
//! for as long as anything that was exchanged from it can be valid.

use std::collections::HashMap;

use super::{Line, store};
use crate::base::{OrganizationId, TokenId};
use crate::db::{Conn, Result};
use crate::token::{Claims, Kind, MOST_EXCHANGES};

/// The ancestors of some tokens.
#[derive(Debug, Default)]
pub struct Ancestry(HashMap<TokenId, (Line, bool)>);

/// Returns the access token that was exchanged for a token. `None` if none was.
pub(super) fn subject(line: &Line) -> Option<TokenId> {
    line.parent.filter(|_| line.claims.kind() == Kind::Access)
}

impl Ancestry {
    /// Reads the ancestors of these tokens. If no token was exchanged, nothing is read.
    ///
    /// # Errors
    /// Returns an error if the database call fails.
    pub fn of(conn: &mut Conn, organization: OrganizationId, lines: &[Line]) -> Result<Self> {
        let mut known = HashMap::new();
        let mut wanted: Vec<TokenId> = lines.iter().filter_map(subject).collect();
        for _ in 0..MOST_EXCHANGES {
            if wanted.is_empty() {
                break;
            }
            let found = store::access_tokens(conn, organization, &wanted)?;
            wanted = found.iter().filter_map(|(line, _)| subject(line)).collect();
            known.extend(found.into_iter().map(|found| (found.0.claims.jti, found)));
        }
        Ok(Self(known))
    }

    /// Whether a token is revoked with one that it comes from. `revokes` says whether an entry
    /// revokes a token.
    #[must_use]
    pub fn revokes(&self, line: &Line, revokes: impl Fn(&Claims) -> bool) -> bool {
        let above = |line: &Line| subject(line).and_then(|jti| self.0.get(&jti));
        let chain = std::iter::successors(above(line), |(line, _)| above(line));
        let mut chain = chain.take(MOST_EXCHANGES);
        chain.any(|(line, key_is_revoked)| *key_is_revoked || revokes(&line.claims))
    }
}
