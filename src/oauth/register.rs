//! Registration by a client itself (RFC 7591), with an initial access token of the organization.
//!
//! Nothing that a request names is ever fetched. A token is used up by what it registers: a request
//! that is refused does not count.

mod add_client;
mod answer;
mod members;

pub use add_client::register;
pub use answer::RegisteredClient;
