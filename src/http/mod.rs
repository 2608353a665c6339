//! What every handler is made of: errors, credentials, bodies, the client's address, the trace of a request.
//!
//! A handler's signature is its contract: `Call<Company, Json<T>>` is refused in the contract's order (announced size,
//! transport, credential, size, content type, body) before the handler runs.

mod accept;
mod address;
mod ahead;
mod arriving;
mod aside;
mod body;
mod call;
mod credential;
mod drain;
mod error;
mod form;
mod forwarded;
mod framing;
mod json;
pub mod json_member;
mod paging;
mod parameters;
mod room;
mod rotation;
mod routes;
pub mod sse;
mod surface;
mod trace;
mod unparsed;
mod unread;

pub use accept::prefers;
pub use address::{Proxies, Scheme};
pub use ahead::{come_to, with_all_known};
pub use aside::{Aside, NotDone};
pub use body::{Body, Json, JsonBody, NoBody, OptionalJson, SMALL, Unparsed};
pub use call::Call;
pub use credential::{Anyone, Company, CompanyOrOperator, Credential, Operator};
pub use drain::{Counted, Drain};
pub use error::{ApiError, Code};
pub use form::{Form, FormBody};
pub use paging::{Limit, PageOf};
pub use parameters::{Expected, Parameters, Unknown};
pub use room::Room;
pub(crate) use routes::endpoints;
pub use routes::{Endpoint, Resource, Routes, unmatched};
pub use surface::{ErrorBody, NestedError, NestedErrorBody, Surface};
pub use trace::{Observer, RequestId, Trace};
pub use unparsed::Whole;

/// What a connection told when it was made.
#[derive(Debug, Clone, Copy)]
pub struct Connection {
    /// Whether it is TLS to this server itself.
    pub tls: bool,
}
