//! The one HTTP client: for URLs that come from callers, such as those of webhooks, and for WeChat.
//!
//! The law: the address that was checked is the address that is connected to. A name is resolved
//! once, here; [`guard`] checks the URL with the client's own parser, and every address that the
//! name resolved to, and the client connects to one of these. Redirects are not followed, no proxy
//! is used, and the whole request has one timeout.

mod address;
mod client;
mod url;

pub use address::is_public;
pub use client::{Answer, Client, GetError, Page, SendError};
pub use url::{Refusal, check_url, guard};
