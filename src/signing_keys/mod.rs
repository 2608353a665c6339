//! Signing keys: their life and its schedule, the ring that every node holds in memory, how they are sealed at rest, and what
//! is published of them.

mod change;
mod error;
pub mod http;
pub mod job;
mod jwks;
mod keeper;
mod life;
mod masters;
mod plan;
mod renew;
mod require;
mod reseal;
mod revoke;
mod ring;
mod role;
mod rotate;
mod seal;
mod store;

pub use change::NewKey;
pub use error::KeysError;
pub use jwks::{Jwk, Jwks};
pub use keeper::{Keeper, Kept, all};
pub use life::{InvalidTransition, KeyState, Life};
pub use masters::MasterKeys;
pub use plan::{Key, Rules, SETTLED, Step, plan};
pub use renew::{Renewed, renew};
pub use require::require;
pub use reseal::reseal;
pub use revoke::{Revoked, replacement, revoke};
pub use ring::{Ring, RingKey};
pub use role::Role;
pub use rotate::{Pending, activate, publish};
pub use seal::{MasterKey, MasterKeyError};
