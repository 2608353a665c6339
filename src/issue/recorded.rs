//! A company token whose line is written in a transaction of the caller. Its text is handed out once that
//! transaction is committed.

use std::net::IpAddr;

use super::IssueError;
use crate::base::{KeyId, TokenId};
use crate::db::{self, Conn};
use crate::ledger::{self, Issued};
use crate::signing_keys::Ring;
use crate::token::Claims;

/// A company token whose line is in the ledger, once the caller's transaction is committed.
#[derive(Debug, Clone, Copy)]
#[must_use]
pub struct Recorded {
    claims: Claims,
    kid: KeyId,
    pub(super) is_new: bool,
}

impl Recorded {
    /// Returns a token that was issued before, with the key of its line. It is signed again, and
    /// not counted.
    pub const fn again(claims: Claims, kid: KeyId) -> Self {
        Self {
            claims,
            kid,
            is_new: false,
        }
    }

    /// Returns the claims of the token.
    #[must_use]
    pub const fn claims(&self) -> &Claims {
        &self.claims
    }

    /// Signs the token with its key of a ring. `issuer` is the issuer of company tokens. Returns its
    /// text.
    ///
    /// # Errors
    /// Returns [`IssueError::NoSuchKey`] if the ring does not have the key of the line, and
    /// [`IssueError::Key`] if the cryptographic library fails.
    pub fn sign(&self, ring: &Ring, issuer: &str) -> Result<String, IssueError> {
        let mut keys = ring.keys();
        let key = keys.find(|key| key.kid == self.kid);
        let key = key.ok_or(IssueError::NoSuchKey(self.kid))?;
        key.sign(&self.claims, issuer).map_err(IssueError::Key)
    }
}

/// The line of a company token that the active key will sign.
#[derive(Debug, Clone)]
pub struct Draft {
    /// The token's claims.
    pub claims: Claims,
    /// The key that will sign it.
    pub kid: KeyId,
    /// The console session in which it is issued. `None` if it is issued in none.
    pub parent: Option<TokenId>,
    /// The IP address of the client that requested it.
    pub address: Option<IpAddr>,
}

/// Writes the line of a token to the ledger, in the caller's transaction. The caller must use the
/// returned value only after that transaction is committed.
///
/// # Errors
/// Returns the errors of the database.
pub fn record(conn: &mut Conn, draft: &Draft) -> db::Result<Recorded> {
    let issued = Issued {
        claims: draft.claims,
        kid: Some(draft.kid),
        client: None,
        subject: draft.parent,
        address: draft.address,
    };
    ledger::insert(conn, &[issued])?;
    Ok(Recorded {
        claims: draft.claims,
        kid: draft.kid,
        is_new: true,
    })
}
