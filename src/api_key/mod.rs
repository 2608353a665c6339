//! API keys: a credential that an organization makes for one of its programs (guides 000, 004). A
//! key belongs to the organization, not to the company token that made it.
//!
//! The law: what a key may do is worked out when it is presented, from its record, the role of its
//! operator and the organization's definitions as they are now. Records are in memory and kept true
//! by the feed, so what takes rights away is in force on every node when the call returns.

mod allowed;
mod cache;
pub mod http;
pub mod job;
mod judge;
pub mod leak;
pub mod manage;
mod record;
mod refused;
mod secret;
mod signed;
mod store;
pub mod text;
mod unusual_use;
pub mod uses;
pub mod verify;

pub use allowed::{AllowedAddresses, AllowedError};
pub use cache::KnownKeys;
pub use judge::{BoundOperator, Circumstances, KeyProof, Rights, Wanted, demand, judge};
pub use manage::ManageError;
use record::target_of;
pub use record::{
    ApiKey, Environment, KeySettings, KeyStatus, LastRefusal, LastUse, Prefix, StoredKey,
    StoredText,
};
pub use refused::Refused;
pub use secret::{SigningKey, SigningSecret, StoredSecret};
pub use signed::{SignatureProof, SignedError, verify_signed};
pub use store::count;
pub use text::KeyText;
pub use uses::KeyUses;
pub use verify::KeyUse;
