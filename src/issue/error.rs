//! Why a token was not issued.

use std::fmt;

use crate::base::KeyId;
use crate::ledger::WriteError;
use crate::signing_keys::Role;
use crate::token::KeyError;

/// Why a token was not issued.
#[derive(Debug)]
pub enum IssueError {
    /// The cryptographic library failed.
    Key(KeyError),
    /// This node does not have the key that must sign.
    NoSuchKey(KeyId),
    /// No key signs for this role yet.
    NoSigner(Role),
    /// The ledger's queue is full, or the database did not accept the line.
    Ledger(WriteError),
}

impl fmt::Display for IssueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(why) => why.fmt(f),
            Self::NoSuchKey(kid) => write!(f, "this node does not hold the signing key {kid}"),
            Self::NoSigner(role) => write!(
                f,
                "no key signs {} with {} yet",
                role.purpose, role.algorithm
            ),
            Self::Ledger(WriteError::Full) => f.write_str("the ledger's queue is full"),
            Self::Ledger(WriteError::Unavailable(why)) => f.write_str(why),
        }
    }
}

impl std::error::Error for IssueError {}
