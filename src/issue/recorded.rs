//! Company tokens, whose lines are written in the transaction of their audit event.

use std::net::IpAddr;

use crate::base::KeyId;
use crate::db::{Conn, Result};
use crate::ledger::{self, Issued};
use crate::token::Claims;

/// A company token whose line is in the ledger, once the caller's transaction is committed.
#[derive(Debug, Clone, Copy)]
#[must_use]
pub struct Recorded {
    pub(super) claims: Claims,
    pub(super) kid: KeyId,
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
}

/// The line of a company token that the active key will sign.
#[derive(Debug, Clone)]
pub struct Draft {
    /// The token's claims.
    pub claims: Claims,
    /// The key that will sign it.
    pub kid: KeyId,
    /// The IP address of the client that requested it.
    pub address: Option<IpAddr>,
}

/// Writes the line of a token to the ledger, in the caller's transaction. The caller must use the
/// returned value only after that transaction is committed.
///
/// # Errors
/// Returns the errors of the database.
pub fn record(conn: &mut Conn, draft: &Draft) -> Result<Recorded> {
    let issued = Issued {
        claims: draft.claims,
        kid: Some(draft.kid),
        client: None,
        subject: None,
        address: draft.address,
    };
    ledger::insert(conn, &[issued])?;
    Ok(Recorded {
        claims: draft.claims,
        kid: draft.kid,
        is_new: true,
    })
}
