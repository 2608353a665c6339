//! Refresh tokens: a family of tokens, each of which has one successor and never another (RFC 9700,
//! section 4.14.2).
//!
//! The laws: a token is rotated once; a call that presents it again in time receives the same
//! successor; a call that presents it later ends the family; a family that has ended yields nothing.
//!
//! # In the database
//!
//! A token is found by its SHA-256. Rotating is one statement, in the transaction that writes the
//! successor's row and the access token's. On PostgreSQL one statement rotates the tokens of several
//! requests; for each it does the same as this one:
//!
//! ```sql
//! UPDATE refresh_tokens SET used_at = :now, salt = :salt, successor = :successor
//!   WHERE organization_id = ? AND digest = ? AND used_at IS NULL AND expires_at > :now
//! ```
//!
//! Before it, the same transaction changes the row of the grant if its `ended_at` is null. A revoke
//! changes that row too, so a rotation commits before the revoke, and is then revoked by it, or
//! finds that the grant has ended.
//!
//! If no row changed, another call was quicker, or the family has ended: the row is read and judged
//! again. The result is then [`Present::Again`], with the salt that the other call stored
//! ([`super::refresh_successor`]), or a refusal.

use std::time::Duration;

use crate::base::words::words;
use crate::base::{ClientId, Timestamp};

/// How long a used token yields its successor again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retry {
    /// For this long after its first use.
    pub grace: Duration,
    /// Also until its successor was used, and for the grace after that (`refreshRetry =
    /// until-used`). Of several processes that have read the same stored token, one may go on with
    /// the successor before another presents the token.
    pub until_used: bool,
}

/// The family: what one sign-in allowed a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Family {
    /// The client.
    pub client: ClientId,
    /// Whether it has ended, by a revoke or by a reuse.
    pub ended: bool,
}

/// One token of a family.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefreshToken {
    /// When it expires. Each token has the whole lifetime of its client's refresh tokens.
    pub expires_at: Timestamp,
    /// Its first use; `None` if it was never used.
    pub used: Option<FirstUse>,
}

/// The first use of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FirstUse {
    /// When it was.
    pub at: Timestamp,
    /// When the successor expires.
    pub successor_expires_at: Timestamp,
    /// When the successor was used for the first time. `None` if it was not.
    pub successor_used: Option<Timestamp>,
}

/// The result of presenting a token. All but the first two are answered with `invalid_grant`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Present {
    /// It is used for the first time: a successor is made.
    First,
    /// It was used before: the same successor.
    Again,
    /// It was used before, and too long ago: the family ends, with every access token of it.
    Reuse,
    /// Nothing happens.
    Refuse(Reason),
}

words! {
    /// Why nothing happens: for the log, never for the caller.
    pub enum Reason {
        /// The token is another client's.
        AnotherClient = "another_client",
        /// The family has ended.
        Ended = "ended",
        /// The token, or the successor it would yield, has expired.
        Expired = "expired",
    }
}

impl Family {
    /// Returns the result if `client`, which has authenticated, presents a token of this family.
    #[must_use]
    pub fn present(
        &self,
        token: &RefreshToken,
        client: &ClientId,
        retry: &Retry,
        now: Timestamp,
    ) -> Present {
        if self.client != *client {
            return Present::Refuse(Reason::AnotherClient);
        }
        if self.ended {
            return Present::Refuse(Reason::Ended);
        }
        let Some(used) = token.used else {
            let valid = now < token.expires_at;
            return if valid {
                Present::First
            } else {
                Present::Refuse(Reason::Expired)
            };
        };
        // If this node's clock is behind that of the node of the first use, the grace is longer. It
        // never makes a reuse.
        let in_grace = now < used.at.plus(retry.grace);
        let may_be_shared = || {
            let end = used.successor_used.map(|at| at.plus(retry.grace));
            retry.until_used && end.is_none_or(|end| now < end)
        };
        if !in_grace && !may_be_shared() {
            return Present::Reuse;
        }
        if used.successor_expires_at <= now {
            return Present::Refuse(Reason::Expired);
        }
        Present::Again
    }
}

#[cfg(test)]
mod tests;
