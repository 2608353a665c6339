//! The token endpoint (RFC 6749, section 3.2): a table of grants (`grants.rs`), a file each.

mod answer;
mod authorization_code;
mod client_credentials;
mod grants;
mod password;
mod prepared;
mod refresh_token;
mod request;
mod tokens;

pub use answer::TokenAnswer;
pub use grants::{GRANTS, PARAMETERS, grant_of, redeem};
pub use request::Request;
