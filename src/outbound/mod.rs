//! The one HTTP client for URLs that somebody else gave: of webhooks, and of anything else that a caller
//! may name.
//!
//! The law: the address that was checked is the address that is connected to. A name is resolved once,
//! here; [`guard`] looks at the URL with the client's own parser and at every address that the name
//! resolved to, and the client connects to one of these. Redirects are not followed, no proxy is used,
//! and the whole request has one timeout.

mod address;
mod client;
mod url;

pub use address::is_public;
pub use client::{Answer, Client, SendError};
pub use url::{Refusal, check_url, guard};
