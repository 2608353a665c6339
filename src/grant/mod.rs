//! Grants: what an operator allowed a client at one sign-in, and what follows from it: authorization
//! codes, device codes, refresh tokens, opaque access tokens, consent.
//!
//! Each is a state with pure transitions. What works once works once over all nodes and through a
//! crash, so each transition that uses something up is one conditional statement in the database;
//! the doc comment of the transition says which.

pub mod challenge;
pub mod code;
pub mod consent;
pub mod device;
pub mod http;
pub mod job;
mod known_access;
pub mod manage;
mod opaque;
pub mod refresh;
pub mod refresh_successor;
mod revoke;
pub mod store;
mod user_code;
pub mod wrong_user_codes;

pub use challenge::Challenge;
pub use code::{Code, CodeState, Redeem, Redemption};
pub use consent::Consent;
pub use device::{DeviceCode, DeviceState, Poll};
pub use known_access::{KnownAccess, KnownTokens};
pub use opaque::{OpaqueRecord, OpaqueTokens, is_opaque};
pub use refresh::{Family, Present, RefreshToken, Retry};
pub use revoke::end;
pub use user_code::{MaskedCode, NoUserCode, UserCode};
