//! Admins of the platform: those who run the service, not an organization. They sign in to their own
//! pages of the console, always with a second factor.
//!
//! - Their accounts, sessions and forms are in tables of their own. A session of an organization or of
//!   an operator is none of the platform, and the other way round.
//! - Each request reads the session from the database, together with the account. So a session that was
//!   ended, or whose admin was removed, has ended on every node when the call returns.
//! - The cookie's value changes at sign-in, at the second factor and when the admin proves again who it
//!   is. The earlier value is then no longer accepted.

mod admin;
mod end;
mod find;
mod form_once;
pub mod job;
mod manage;
mod open;
mod platform_session;
mod reauthenticate;
mod second_factor;
mod sign_in;
mod store;

pub use admin::PlatformAdmin;
pub use end::{end, end_all, end_others, sessions};
pub use find::{Found, admin_of, find, set_language};
pub use form_once::{Claim, claim, forget, made};
pub use manage::{Added, ManageError, NewAdmin, add, list, remove};
pub use open::{complete, leave_notice, open, take_notice};
pub use platform_session::PlatformSession;
pub use reauthenticate::confirm;
pub use sign_in::{Credentials, check};
