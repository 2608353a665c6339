//! Signing keys: their life and its schedule, the ring that every node holds in memory, and the
//! published keys.

mod change;
mod count_signed;
mod error;
mod header;
pub mod http;
pub mod job;
mod jwks;
mod keeper;
mod life;
mod plan;
mod renew;
mod require;
mod revoke;
mod ring;
mod role;
mod rotate;
mod store;
mod timeline;

pub use change::NewKey;
pub use count_signed::{MOST_COUNTED, SignedTokens, signed_tokens};
pub use error::KeysError;
pub use jwks::{Jwk, Jwks};
pub use keeper::{Keeper, Kept, all};
pub use life::{InvalidTransition, KeyState, Life};
pub use plan::{Key, Rules, SETTLED, Step, plan};
pub use renew::{Renewed, renew};
pub use require::{missing, require};
pub use revoke::{Revoked, replacement, revoke};
pub use ring::{Ring, RingKey};
pub use role::Role;
pub use rotate::{Pending, activate, next, publish};
pub use timeline::{Planned, timeline};
