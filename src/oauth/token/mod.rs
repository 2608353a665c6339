//! The token endpoint (RFC 6749, section 3.2). `grants.rs` is the table of grants; each grant has a
//! file.

mod answer;
mod authorization_code;
mod binding;
mod client_credentials;
mod device_code;
mod exchange;
mod grants;
mod password;
mod prepared;
mod refresh_token;
mod request;
mod token_exchange;
mod tokens;

pub use answer::TokenAnswer;
pub use binding::RequestProof;
pub use grants::{GRANTS, PARAMETERS, grant_of, redeem};
pub use request::Request;
