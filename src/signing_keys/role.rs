//! The role of a key.

use std::fmt;

use crate::token::{Algorithm, Purpose};

/// The role of a key: it signs for one purpose, with one algorithm. For each role at most one key
/// is active.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Role {
    /// The purpose.
    pub purpose: Purpose,
    /// The algorithm.
    pub algorithm: Algorithm,
}

impl Role {
    /// The role of the keys that sign ID tokens.
    pub const ID_TOKENS: Self = Self {
        purpose: Purpose::IdTokens,
        algorithm: Algorithm::Rs256,
    };
}

impl From<Algorithm> for Role {
    /// Returns the role of keys that sign tokens with this algorithm.
    fn from(algorithm: Algorithm) -> Self {
        Self {
            purpose: Purpose::Tokens,
            algorithm,
        }
    }
}

impl fmt::Display for Role {
    /// Writes the algorithm, and the purpose unless it is [`Purpose::Tokens`].
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.purpose {
            Purpose::Tokens => self.algorithm.fmt(f),
            purpose @ Purpose::IdTokens => write!(f, "{}, {purpose}", self.algorithm),
        }
    }
}
