//! Tokens, pure: what they claim, how they are signed and how a signature is checked. No clock, no database.

mod algorithm;
mod claims;
mod company;
mod key;
mod kind;
mod life;
mod operator;
mod text;

pub use algorithm::Algorithm;
pub use claims::{Claims, TokenUse};
pub use key::{KeyError, PublicKey, SecretKey, VerifyingKey};
pub use kind::{Kind, Purpose, Typ};
pub use life::Life;
pub use operator::OPERATOR_TOKEN_LIMIT;
pub use text::{MAX_LENGTH, Parts, TokenError, decode_claims, parts, sign};

use std::time::Duration;

/// How far ahead of a node's clock a token may have been issued. The clocks of two nodes may differ by as much, so it is also
/// the margin with which signing keys are published.
pub const CLOCK_SKEW: Duration = Duration::from_mins(2);
