//! The token endpoint (RFC 6749, section 3.2). `grants.rs` is the table of grants; each grant has a
//! file.

mod answer;
mod authorization_code;
mod binding;
mod client_credentials;
mod device_code;
mod exchange;
mod grants;
mod groups;
mod new_grant;
mod password;
mod read_in_groups;
mod refresh_token;
mod request;
mod token_exchange;
mod tokens;
mod write_in_groups;

pub use answer::TokenAnswer;
pub use binding::RequestProof;
pub use grants::{GRANTS, PARAMETERS, grant_of, redeem};
pub use groups::Groups;
pub use read_in_groups::{CodeReads, RefreshTokenReads};
pub use request::Request;
pub use write_in_groups::{TokenWrites, Written};
