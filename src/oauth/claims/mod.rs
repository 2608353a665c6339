//! What access tokens and ID tokens say, as JSON.

pub mod access;
pub mod id_token;

pub use access::{AccessClaims, Actor, Audience, Confirmation};
pub use id_token::IdTokenClaims;
