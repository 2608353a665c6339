//! Signed requests (RFC 9421 with `hmac-sha256`, RFC 9530): the caller proves that it has the signing
//! secret of an API key, and sends no secret.
//!
//! [`read`] finds the signature in the description of a request ([`Message`]), as a pure function.
//! [`authenticate`] judges it: form, time, key and signature. [`Signed::finish`] compares the digest
//! with the body that came, and uses the nonce: once on all nodes, and only for a right signature, so
//! that nobody can use up another caller's nonce or fill the memory of used ones with wrong
//! signatures.
//!
//! A [`Message`] knows no HTTP library: for forward-auth it describes the original request, whose
//! body is not there. Then [`Signed::content_digest`] is what the service must compare.

mod authenticate;
mod base;
mod body_digest;
mod component;
mod dictionary;
mod error;
mod message;
mod read;
mod sign;
mod signed;

pub use authenticate::authenticate;
pub use base::signature_base;
pub use body_digest::{check as check_digest, of as digest_of};
pub use component::Component;
pub use error::SignatureError;
pub use message::{Fields, Message};
pub use read::{Presented, read};
pub use sign::{Signer, sign};
pub use signed::Signed;

#[cfg(test)]
mod tests;
