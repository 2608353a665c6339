//! Browser sessions: an operator has signed in on the pages of `/oauth`. Sessions are in the
//! database, so every node finds them, and a restart ends none. `console/` has the sessions of the
//! console.
//!
//! - A cookie identifies the browser. The database has the digest of the cookie only. A browser in
//!   which nobody has signed in has a cookie and no row.
//! - The cookie's value changes at each sign-in and sign-out. An attacker who planted or saw the
//!   earlier value cannot use it afterwards.
//! - A session is valid while its row is there, its times have not passed, no entry of the feed
//!   revokes it, and its operator is active.

mod browser_session;
pub mod console;
pub mod cookie;
mod draw_cookie;
mod end_others;
mod find;
pub mod job;
mod lives;
mod open;
mod page_request;
mod pushed_request;
mod state;
pub mod store;

pub use browser_session::{BY_PASSWORD, BY_PASSWORD_AND_CODE, BrowserSession};
pub use cookie::Browser;
pub use end_others::end_others;
pub use find::{Found, SessionError, find, language};
pub use lives::Lives;
pub use open::{Opening, end, open};
pub use page_request::{PageRequest, REQUEST_LIFETIME, Stage};
pub use pushed_request::{MOST_PUSHED, MOST_PUSHED_OF_NETWORK, PushedRequest, RequestUri};
pub use state::SessionState;
