//! The token endpoint (RFC 6749, section 3.2). `grants.rs` is the table of grants; each grant has a
//! file.

mod answer;
mod authorization_code;
mod binding;
mod client_credentials;
mod device_code;
mod exchange;
mod found;
mod grants;
mod groups;
mod password;
mod prepared;
mod refresh_token;
mod request;
mod token_exchange;
mod tokens;
mod written;

pub use answer::TokenAnswer;
pub use binding::RequestProof;
pub use found::{CodeReads, RefreshTokenReads};
pub use grants::{GRANTS, PARAMETERS, grant_of, redeem};
pub use groups::Groups;
pub use request::Request;
pub use written::{TokenWrites, Written};
