//! A console session: an organization, or one of its operators, that has signed in to the console.

use crate::base::{OperatorId, OrganizationId, Sequence, Timestamp, TokenId};
use crate::session::{Lives, SessionState};
use crate::token::{Claims, TokenUse};

/// A console session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsoleSession {
    /// Its id, as in the ledger.
    pub jti: TokenId,
    /// The organization.
    pub organization: OrganizationId,
    /// The operator that signed in. `None` if the organization signed in with its own login.
    pub operator: Option<OperatorId>,
    /// The sequence that the node had applied before it read the account.
    pub rev: Sequence,
    /// How far the sign-in has come.
    pub state: SessionState,
    /// How the person signed in ([`BY_PASSWORD`](crate::session::BY_PASSWORD),
    /// [`BY_PASSWORD_AND_CODE`](crate::session::BY_PASSWORD_AND_CODE)).
    pub amr: String,
    /// When the person signed in, in whole seconds.
    pub signed_in_at: Timestamp,
    /// When the session was last used. It is written down every [`Lives::seen_every`].
    pub last_seen_at: Timestamp,
    /// When the person last proved who it is.
    pub authenticated_at: Timestamp,
    /// When the second factor of the operator, or the password of the organization, was set, as the
    /// session began. `None` if there was none, or if that was not recorded.
    pub credential_at: Option<Timestamp>,
    /// The address from which the person signed in.
    pub address: Option<String>,
    /// What the browser said it is (`User-Agent`).
    pub agent: Option<String>,
}

impl ConsoleSession {
    /// Returns the claims with which the feed decides whether the session is revoked, and from which
    /// operator tokens are issued.
    #[must_use]
    pub fn claims(&self, lives: Lives) -> Claims {
        Claims {
            jti: self.jti,
            organization: self.organization,
            rev: self.rev,
            issued_at: self.signed_in_at,
            token_use: TokenUse::Console {
                operator: self.operator,
                expires_at: self.ends_at(lives),
            },
        }
    }

    /// Returns when the session ends, unless it is used before.
    #[must_use]
    pub fn idle_until(&self, lives: Lives) -> Timestamp {
        lives.idle_until(self.state, self.signed_in_at, self.last_seen_at)
    }

    /// Returns when the session ends at the latest.
    #[must_use]
    pub fn ends_at(&self, lives: Lives) -> Timestamp {
        lives.ends_at(self.state, self.signed_in_at)
    }

    /// Returns whether the person has signed in.
    #[must_use]
    pub const fn is_signed_in(&self) -> bool {
        matches!(self.state, SessionState::SignedIn)
    }
}
