//! What handlers are made of: errors, credentials, bodies, the client's address, the trace of a
//! request.
//!
//! A handler's signature is its contract: `Call<Company, Json<T>>` refuses a request in the
//! contract's order (announced size, transport, credential, size, content type, body) before the
//! handler runs.

mod accept;
mod address;
mod background_pool;
mod body;
mod body_budget;
mod call;
mod catch_up;
mod cors;
mod credential;
mod drain;
mod error;
mod form;
mod forwarded;
mod framing;
mod incoming_body;
mod json;
pub mod json_member;
mod multipart;
mod named_caller;
mod ok_json;
mod paced;
mod paging;
mod parameters;
mod rare_headers;
mod read_call;
mod request_id;
mod role;
mod rotation;
mod routes;
mod signed_request;
pub mod sse;
mod surface;
mod trace;
mod transport;
mod unparsed;
mod unread;

pub use accept::prefers;
pub use address::{Proxies, Scheme};
pub use background_pool::{BackgroundPool, NotDone, PIECE, REFUSED_AFTER};
pub use body::{Body, Json, JsonBody, NoBody, OptionalJson, SMALL, Unparsed};
pub(crate) use body::{is_form, is_json, is_plain};
pub use body_budget::BodyBudget;
pub use call::Call;
pub use catch_up::{catch_up_to, with_catch_up};
pub use credential::{
    AnyCredential, Anyone, Company, CompanyOrOperator, Credential, KeyVerifier, Manager, Operator,
    Session,
};
pub use drain::{Counted, Drain};
pub use error::{ApiError, Code};
pub use form::{Form, FormBody};
pub use multipart::{Multipart, MultipartField};
pub use named_caller::Named;
pub use ok_json::ok_json;
pub use paced::Paced;
pub use paging::{Limit, PageOf};
pub(crate) use parameters::pairs;
pub use parameters::{Expected, Parameters, Unknown};
pub use request_id::RequestId;
pub(crate) use routes::endpoints;
pub use routes::{Endpoint, Resource, Routes};
pub use surface::{DPOP_NONCE, ErrorBody, NestedError, NestedErrorBody, Surface};
pub use trace::{Observer, ShowFault, Trace};
pub use transport::Connection;
pub(crate) use transport::{is_https, peer, speaks_tls};
pub use unparsed::CompleteResponses;
