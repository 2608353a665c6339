//! The token endpoint (RFC 6749, section 3.2). `grants.rs` is the table of grants; each grant has a
//! file.

mod answer;
mod authorization_code;
mod client_credentials;
mod exchange;
mod grants;
mod password;
mod prepared;
mod refresh_token;
mod request;
mod token_exchange;
mod tokens;

pub use answer::TokenAnswer;
pub use grants::{GRANTS, PARAMETERS, grant_of, redeem};
pub use request::Request;
