//! OAuth 2.0 and OpenID Connect. What a request says and what the answer to it is are pure
//! decisions; `caller.rs`, `token/`, `device_authorization.rs`, `introspect.rs`, `revoke.rs` and
//! `userinfo.rs` carry them out. No token is judged here: that is [`crate::validate`]'s work.

pub mod authorize;
pub mod browser;
mod caller;
pub mod client_assertion;
pub mod client_auth;
pub mod device_authorization;
mod endpoint;
pub mod error;
mod failure;
pub mod http;
pub mod introspect;
pub mod metadata;
pub mod par;
pub mod parameters;
pub mod paths;
pub mod pkce;
mod proof;
pub mod protected_resource;
pub mod register;
pub mod revoke;
mod scope_and_resource;
pub mod token;
pub mod userinfo;
mod valid_token;

pub use caller::{Caller, authenticate};
pub use endpoint::Endpoint;
pub use error::{ErrorCode, OAuthError, Place};
pub use failure::Failure;
pub use parameters::{Parameters, Repeated};
pub use proof::{read_proof, use_proof};
pub use scope_and_resource::Resources;
