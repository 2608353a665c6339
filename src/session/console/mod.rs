//! Console sessions: an organization, or one of its operators, has signed in to the console.
//!
//! - A cookie identifies the session. The database has the digest of the cookie only, and each
//!   request reads the session from the database.
//! - The cookie's value changes at sign-in, at the second factor and when the person proves again
//!   who it is. The earlier value is then no longer accepted.
//! - A session has a line in the ledger, of kind `console`. It is the parent of the operator tokens
//!   that are issued in it.
//! - A session is valid while its row is there, its times have not passed, no entry of the feed
//!   revokes it, its account may use the console, and the account's password (of an organization)
//!   or second factor (of an operator) is the one with which it began.
//! - If an operator gets another role or second factor, the rows of its sessions are removed. It must
//!   sign in again, even if it gets its former role or second factor back.

mod again;
mod cookie;
mod end;
mod find;
mod once;
mod open;
mod sign_in;

pub use again::{AgainError, confirm_code, confirm_password};
pub use cookie::{Cookie, CookieName};
pub use end::{Whose, end, end_others, end_others_by_id, list, owner, sign_out};
pub use find::{Account, Found, Right, account_of, find, right_of};
pub use once::{Claim, claim, made};
pub use open::{CodeError, complete, keep_factor, leave_notice, open, take_notice};
pub use sign_in::{Accepted, check};

use super::{Lives, REQUEST_LIFETIME, SessionState};
use crate::base::{OperatorId, OrganizationId, Sequence, Timestamp, TokenId};
use crate::token::{Claims, TokenUse};

/// The number of wrong codes that end a sign-in.
pub const MOST_WRONG_CODES: i64 = 5;

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
    /// How the person signed in ([`super::BY_PASSWORD`], [`super::BY_PASSWORD_AND_CODE`]).
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
        self.last_seen_at.plus(lives.idle).min(self.ends_at(lives))
    }

    /// Returns when the session ends at the latest.
    #[must_use]
    pub fn ends_at(&self, lives: Lives) -> Timestamp {
        self.signed_in_at.plus(match self.state {
            SessionState::SecondFactor => lives.lifetime.min(REQUEST_LIFETIME),
            SessionState::SignedIn => lives.lifetime,
        })
    }

    /// Returns whether the person has signed in.
    #[must_use]
    pub const fn is_signed_in(&self) -> bool {
        matches!(self.state, SessionState::SignedIn)
    }
}
