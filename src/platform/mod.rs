//! Admins of the platform: those who run the service, not an organization. They sign in to their own
//! pages of the console, always with a second factor.
//!
//! - Their accounts, sessions and forms are in tables of their own. A session of an organization or of
//!   an operator is none of the platform, and the other way round.
//! - Each request reads the session from the database, together with the account. So a session that was
//!   ended, or whose admin was removed, has ended on every node when the call returns.
//! - The cookie's value changes at sign-in, at the second factor and when the admin proves again who it
//!   is. The earlier value is then no longer accepted.

mod again;
mod end;
mod find;
pub mod job;
mod lives;
mod manage;
mod once;
mod open;
mod second_factor;
mod sign_in;
mod store;

pub use again::confirm;
pub use end::{end, end_all, end_others, sessions};
pub use find::{Found, admin_of, find};
pub use manage::{Added, ManageError, NewAdmin, add, list, remove};
pub use once::{Claim, claim, forget, made};
pub use open::{complete, leave_notice, open, take_notice};
pub use sign_in::{Credentials, check};

use crate::base::words::words;
use crate::base::{PlatformAdminId, Timestamp, TokenId};

/// The name of the service, which authenticator apps show beside the login of an admin.
pub const ISSUER: &str = "Lanyard";

words! {
    /// How far the sign-in of a session has come.
    pub enum SessionState {
        /// The password was right, and the second factor is missing.
        SecondFactor = "second_factor",
        /// The admin has signed in.
        SignedIn = "signed_in",
    }
}

/// An admin of the platform.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlatformAdmin {
    /// Its id.
    pub id: PlatformAdminId,
    /// The name that it signs in with.
    pub login: String,
    /// When it was added.
    pub created_at: Timestamp,
}

/// A session on the pages of the platform.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlatformSession {
    /// Its id.
    pub id: TokenId,
    /// The admin.
    pub admin: PlatformAdminId,
    /// How far the sign-in has come.
    pub state: SessionState,
    /// When the admin signed in, in whole seconds.
    pub signed_in_at: Timestamp,
    /// When the session was last used. It is written down every
    /// [`Lives::seen_every`](crate::session::Lives::seen_every).
    pub last_seen_at: Timestamp,
    /// When the admin last proved who it is.
    pub authenticated_at: Timestamp,
    /// The address from which the admin signed in.
    pub address: Option<String>,
    /// What the browser said it is (`User-Agent`).
    pub agent: Option<String>,
}

impl PlatformSession {
    /// Returns whether the admin has signed in.
    #[must_use]
    pub const fn is_signed_in(&self) -> bool {
        matches!(self.state, SessionState::SignedIn)
    }
}
