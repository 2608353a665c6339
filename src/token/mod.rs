//! Tokens as pure values: their claims, how they are signed, and how a signature is checked. This
//! folder uses no clock and no database.

pub mod access;
mod algorithm;
mod audience;
mod claims;
mod company;
pub mod id_token;
mod issuers;
mod key;
mod kind;
mod life;
mod lineage;
mod operator;
pub mod session;
mod text;

pub use access::{AccessClaims, Actor, Confirmation};
pub use algorithm::Algorithm;
pub use audience::Audience;
pub use claims::{Claims, TokenUse};
pub use id_token::IdTokenClaims;
pub use issuers::Issuers;
pub use key::{KeyError, PublicKey, SecretKey, VerifyingKey};
pub use kind::{Kind, Purpose, Typ};
pub use life::Life;
pub use lineage::{Ancestor, Lineage, MOST_EXCHANGES};
pub use operator::{OPERATOR_TOKEN_LIMIT, actor_of};
pub use session::{CONSOLE_SESSION_LIMIT, SESSION_LIFETIME, SessionClaims, SessionVia};
pub use text::{
    MAX_LENGTH, Parts, TokenError, decode, decode_claims, header, parts, payload, sign, sign_acted,
    sign_payload,
};

use std::time::Duration;

/// How far in the future of a node's clock the `iat` of a token may be. The clocks of two nodes may
/// differ by as much, so signing keys are published with the same margin.
pub const CLOCK_SKEW: Duration = Duration::from_mins(2);
