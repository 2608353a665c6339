//! The access tokens that exchanged ones come from, by the ledger: an access token is always in it,
//! for as long as anything that was exchanged from it can be valid.

use std::collections::HashMap;

use super::{Line, store};
use crate::base::{KeyId, OrganizationId, TokenId};
use crate::db::{Conn, Result};
use crate::token::{Claims, Kind, MOST_EXCHANGES};

/// A token that others were exchanged from.
#[derive(Debug)]
pub(super) struct Ancestor {
    pub(super) line: Line,
    /// The key that signed it. `None` if it is not signed.
    pub(super) kid: Option<KeyId>,
    /// Whether its key is revoked.
    pub(super) key_is_revoked: bool,
}

/// The ancestors of some tokens.
#[derive(Debug, Default)]
pub struct Ancestry(HashMap<TokenId, Ancestor>);

/// Returns the access token that was exchanged for a token. `None` if none was.
fn subject(line: &Line) -> Option<TokenId> {
    line.parent.filter(|_| line.claims.kind() == Kind::Access)
}

impl Ancestry {
    /// Reads the ancestors of these tokens. If no token was exchanged, nothing is read.
    ///
    /// # Errors
    /// Returns an error if the database call fails.
    pub fn of<'a>(
        conn: &mut Conn,
        organization: OrganizationId,
        lines: impl IntoIterator<Item = &'a Line>,
    ) -> Result<Self> {
        let mut known = HashMap::new();
        let mut wanted: Vec<TokenId> = lines.into_iter().filter_map(subject).collect();
        for _ in 0..MOST_EXCHANGES {
            if wanted.is_empty() {
                break;
            }
            let found = store::access_tokens(conn, organization, &wanted)?;
            wanted = found.iter().filter_map(|one| subject(&one.line)).collect();
            known.extend(found.into_iter().map(|one| (one.line.claims.jti, one)));
        }
        Ok(Self(known))
    }

    /// Returns all ancestors, in no order.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Ancestor> {
        self.0.values()
    }

    /// Returns the ancestors of a token, the nearest one first.
    pub(super) fn above(&self, line: &Line) -> impl Iterator<Item = &Ancestor> + use<'_> {
        let above = |line: &Line| subject(line).and_then(|jti| self.0.get(&jti));
        let chain = std::iter::successors(above(line), move |ancestor| above(&ancestor.line));
        chain.take(MOST_EXCHANGES)
    }

    /// Whether a token is revoked with one that it comes from. `revokes` says whether an entry
    /// revokes a token.
    #[must_use]
    pub fn revokes(&self, line: &Line, revokes: impl Fn(&Claims) -> bool) -> bool {
        let mut chain = self.above(line);
        chain.any(|ancestor| ancestor.key_is_revoked || revokes(&ancestor.line.claims))
    }
}
