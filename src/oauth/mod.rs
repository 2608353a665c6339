//! OAuth 2.0 and OpenID Connect as pure decisions: what a request says, and what the answer to it
//! is. Neither SQL nor HTTP is named here; a token is judged elsewhere.

pub mod authorize;
pub mod browser;
pub mod client_auth;
pub mod error;
pub mod http;
pub mod metadata;
pub mod parameters;
pub mod paths;
pub mod pkce;

pub use error::{ErrorCode, OAuthError, Place};
pub use parameters::{Parameters, Repeated};
