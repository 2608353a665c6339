//! What every handler is made of: errors, credentials, bodies, the client's address, the trace of a request.
//!
//! A handler's signature is its contract: `Call<Company, Json<T>>` is refused in the contract's order (size, transport,
//! credential, content type, body) before the handler runs.

mod accept;
mod address;
mod body;
mod call;
mod credential;
mod error;
mod framing;
mod json;
pub mod member;
mod page;
mod rotation;
mod routes;
pub mod sse;
mod trace;
mod unparsed;

pub use accept::prefers;
pub use address::Proxies;
pub use body::{Body, Json, Nothing, OptionalJson, Wire};
pub use call::Call;
pub use credential::{Anyone, Company, Credential, Either, Operator};
pub use error::{ApiError, ErrorBody};
pub use page::{Limit, PageOf, Query};
pub use routes::{Methods, route, unmatched};
pub use trace::{Observer, RequestId, Trace};
pub use unparsed::Whole;

/// What a connection told when it was made.
#[derive(Debug, Clone, Copy)]
pub struct Connection {
    /// Whether it is TLS to this server itself.
    pub tls: bool,
}
