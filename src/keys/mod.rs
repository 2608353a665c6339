//! Signing keys: their life, the ring that every node holds in memory, sealing at rest, what is published of them.

mod ensure;
pub mod http;
mod jwks;
mod ring;
mod seal;
mod store;

pub use ensure::{RingFault, load_ring, load_ring_offline};
pub use jwks::Jwks;
pub use ring::{Ring, RingKey};
pub use seal::{MasterKey, MasterKeyFault};

use std::fmt;
use std::str::FromStr;

/// Where a signing key is in its life. It only ever moves forward.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum KeyState {
    /// Published, not signing yet.
    Pending,
    /// Signs; one for each algorithm.
    Active,
    /// Signs no more, still verifies what it signed.
    Retiring,
    /// Verifies nothing.
    Retired,
}

impl KeyState {
    /// The word in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Active => "active",
            Self::Retiring => "retiring",
            Self::Retired => "retired",
        }
    }
}

impl fmt::Display for KeyState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for KeyState {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        [Self::Pending, Self::Active, Self::Retiring, Self::Retired]
            .into_iter()
            .find(|state| state.as_str() == text)
            .ok_or(())
    }
}
