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

mod console_session;
mod cookie;
mod end;
mod find;
mod form_once;
mod open;
mod reauthenticate;
mod sign_in;

pub use console_session::ConsoleSession;
pub use cookie::{Cookie, CookieName};
pub use end::{OthersError, Whose, end, end_others, end_others_by_id, list, owner, sign_out};
pub use find::{Account, Found, Right, account_of, find, right_of};
pub use form_once::{Claim, claim, made};
pub use open::{CodeError, complete, keep_factor, leave_notice, open, take_notice};
pub use reauthenticate::{AgainError, confirm_code, confirm_password};
pub use sign_in::{Accepted, check};

/// The number of wrong codes that end a sign-in.
pub const MOST_WRONG_CODES: i64 = 5;
