//! The hot path: decides whether a token is valid. It is a plain function over two snapshots, the
//! key ring and the feed's index. It uses no database and is not async.
//!
//! Only the result of the signature check and of parsing is cached, never the verdict: the time and
//! the index are read every time.

mod cache;
mod follow;
pub mod http;
mod id_token;
mod refusal;
mod validator;

pub use follow::KeyFollower;
pub use id_token::IdToken;
pub use refusal::Refusal;
pub use validator::Validator;
