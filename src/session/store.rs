//! Queries for browser sessions, and for the requests that browsers have begun.

pub(super) mod console;
mod pushed;
mod requests;
mod sessions;

pub(super) use pushed::purge_pushed;
pub use pushed::{Push, answer_pushed, find_pushed, push};
pub use requests::{answer, begin, find_request, set_stage, show_scopes, signed_in_for};
pub(super) use requests::{move_to_browser, purge_requests};
pub(super) use sessions::{count_open, insert, purge_sessions, remove_others, touch};
pub use sessions::{find, remove};
