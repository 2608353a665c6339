//! What a key signs.

use std::fmt;

use crate::token::{Algorithm, Purpose};

/// What a key signs: for one purpose, with one algorithm. For each role at most one key is active.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Role {
    /// What it is for.
    pub purpose: Purpose,
    /// With which algorithm.
    pub algorithm: Algorithm,
}

impl From<Algorithm> for Role {
    /// The role of keys that sign tokens with this algorithm.
    fn from(algorithm: Algorithm) -> Self {
        Self {
            purpose: Purpose::Tokens,
            algorithm,
        }
    }
}

impl fmt::Display for Role {
    /// The algorithm; with the purpose, unless it is [`Purpose::Tokens`].
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.purpose {
            Purpose::Tokens => self.algorithm.fmt(f),
            purpose @ Purpose::IdTokens => write!(f, "{}, {purpose}", self.algorithm),
        }
    }
}
