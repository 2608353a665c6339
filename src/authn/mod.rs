//! Authentication: finds out who sends a request. Each scheme has a file. Of a request, only the
//! headers are read ([`Headers`]), so this works with any HTTP library.

mod api_key;
mod bearer;
mod choose_scheme;
pub mod dpop;
mod headers;
mod opaque;
mod outcome;
mod principal;
mod read_credential;
mod refused;
mod rights;
pub mod signature;

pub use choose_scheme::{Authenticator, RequestLine, authenticate, authenticate_again};
pub use headers::{CredentialHeader, Headers};
pub use outcome::{Answer, Lookup, Outcome};
pub use principal::{Principal, Proof};
pub use read_credential::{Presented, Scheme, presented};
pub use refused::Refused;
pub use rights::Rights;
