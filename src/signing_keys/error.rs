//! The errors of loading and changing keys.

use std::fmt;

use super::life::InvalidTransition;
use crate::base::KeyId;
use crate::db::Error;
use crate::seal::SealError;
use crate::token::KeyError;

/// Why keys cannot be loaded or changed. The texts are for the administrator.
#[derive(Debug)]
pub enum KeysError {
    /// The database failed.
    Database(Error),
    /// A key cannot be sealed or unsealed, or there is no usable master key.
    Seal(SealError),
    /// A key cannot be made.
    Key(KeyError),
    /// The stored key with this id is not a key of its algorithm.
    Damaged(KeyId),
    /// There is no key with this id.
    Unknown(KeyId),
    /// The key is in a state that does not allow the change.
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
            Self::InvalidTransition(kid, invalid) => write!(f, "{kid}: {invalid}"),
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
    fn from(error: KeyError) -> Self {
        Self::Key(error)
    }
}

impl From<KeysError> for Error {
    /// Only database errors are worth a retry; the others are internal.
    fn from(error: KeysError) -> Self {
        match error {
            KeysError::Database(error) => error,
            other => Self::Internal(other.to_string()),
        }
    }
}
