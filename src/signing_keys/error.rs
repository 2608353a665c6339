//! The errors of loading and changing keys.

use std::fmt;

use super::life::InvalidTransition;
use crate::base::KeyId;
use crate::db::Error;
use crate::seal::SealError;
use crate::token::KeyError;

/// Why keys cannot be loaded or changed, for the person who can do something about it.
#[derive(Debug)]
pub enum KeysError {
    /// The database failed.
    Database(Error),
    /// A key cannot be sealed or opened, or there is no usable master key.
    Seal(SealError),
    /// A key cannot be made.
    Key(KeyError),
    /// A stored key, of this name, is none of its algorithm.
    Damaged(KeyId),
    /// There is no such key.
    Unknown(KeyId),
    /// The key cannot take this step.
    InvalidTransition(KeyId, InvalidTransition),
    /// No key is active.
    NoneActive,
}

impl fmt::Display for KeysError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Database(why) => why.fmt(f),
            Self::Seal(why) => why.fmt(f),
            Self::Damaged(kid) => write!(
                f,
                "the signing key {kid} in the database is damaged; restore the database from a backup"
            ),
            Self::Key(why) => why.fmt(f),
            Self::Unknown(kid) => write!(
                f,
                "there is no signing key {kid}; `lanyard key list` shows those there are"
            ),
            Self::InvalidTransition(kid, misstep) => write!(f, "{kid}: {misstep}"),
            Self::NoneActive => {
                f.write_str("no signing key is active; the service makes one when it starts")
            }
        }
    }
}

impl std::error::Error for KeysError {}

impl From<Error> for KeysError {
    fn from(error: Error) -> Self {
        Self::Database(error)
    }
}

impl From<SealError> for KeysError {
    fn from(why: SealError) -> Self {
        match why {
            SealError::Database(error) => Self::Database(error),
            other => Self::Seal(other),
        }
    }
}

impl From<KeyError> for KeysError {
    fn from(fault: KeyError) -> Self {
        Self::Key(fault)
    }
}

impl From<KeysError> for Error {
    /// Only database errors are worth a retry; the others are internal.
    fn from(fault: KeysError) -> Self {
        match fault {
            KeysError::Database(error) => error,
            other => Self::Internal(other.to_string()),
        }
    }
}
